import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { isGatesWide, setGatesWide } from "../browser-settings.js";
import { stepGate } from "../gate-context.js";
import { inputFields } from "../gate-input.js";
import { keptGateWriting } from "../gate-writing.js";
import type { Gate } from "../open-gates.js";
import { texts } from "../texts.js";
import { Avatar, Plain } from "./basics.js";
import { OpenGateCard } from "./gate-card.js";
import { HeldBar } from "./held-bar.js";
import { onPageKey } from "./page-keys.js";
import { useRoom } from "./room-context.js";

const words = texts.gates;

/** The open gates: one in full, which is the chosen one, else one that halts everybody, else the oldest; and the others on one line each. */
export function Gates({ isWide, onShown }: { isWide: boolean; onShown: (isShown: boolean) => void }) {
  const { state, may, heldDecisions } = useRoom();
  const chosen = useSignal<string | undefined>(writtenFor(state.gates));
  const isFolded = useSignal(false);
  /** A gate with an unsent edit: it stays on the page when another person decides it meanwhile. */
  const held = useSignal<Gate | undefined>(undefined);
  const decided = new Set(heldDecisions.held.value.map(({ gateId }) => gateId));
  const undecided = state.gates.filter(({ gateId }) => !decided.has(gateId));
  const open = undecided.sort((a, b) => Number(halts(b)) - Number(halts(a)) || a.openedAt - b.openedAt);
  const isGone = held.value !== undefined && !open.some(({ gateId }) => gateId === held.value?.gateId);
  const all = isGone && held.value ? [held.value, ...open] : open;
  const announcement = useAnnouncement(open);
  const current = all.find(({ gateId }) => gateId === (held.value?.gateId ?? chosen.value)) ?? all[0];
  const gates = current ? [current, ...all.filter((gate) => gate !== current)] : [];
  const isShown = gates.length > 0 || decided.size > 0;
  useEffect(() => onShown(isShown), [isShown]);
  useGateSteps(open, { current, held: held.value, choose: (gateId) => (chosen.value = gateId) });
  const heading = may("decide") ? words.heading : words.headingOthers;
  const isOpen = isWide || !isFolded.value;
  const section = useFocusKept(current?.gateId);
  return (
    <section
      class={`gates ${isShown ? "" : "gates-empty"}`}
      id="gates"
      ref={section}
      tabIndex={-1}
      aria-label={heading}
    >
      <p class="visually-hidden" role="status">
        {announcement}
      </p>
      <HeldBar />
      {!isShown && <p class="gates-none">{may("decide") ? words.noneForYou : words.none}</p>}
      {current && (
        <>
          <GatesHead {...{ heading, isWide, isOpen, isFolded }} count={open.length} />
          {isOpen && (
            <div class="gates-list">
              {gates.map((gate) =>
                gate === current ? (
                  <OpenGateCard
                    key={gate.gateId}
                    gate={gate}
                    isGone={isGone && gate === held.value}
                    onHold={(isHeld) => {
                      held.value = isHeld ? gate : undefined;
                    }}
                  />
                ) : (
                  <GateLine key={gate.gateId} gate={gate} onChoose={() => (chosen.value = gate.gateId)} />
                ),
              )}
            </div>
          )}
        </>
      )}
    </section>
  );
}

interface GatesHeadProps {
  heading: string;
  count: number;
  isWide: boolean;
  isOpen: boolean;
  isFolded: Signal<boolean>;
}

/** How many wait; on a wide page the panel can be made wider, on a narrow one folded. */
function GatesHead({ heading, count, isWide, isOpen, isFolded }: GatesHeadProps) {
  return (
    <div class="gates-head">
      <h2>
        {heading} <span class="count">{count}</span>
      </h2>
      {isWide ? (
        <button
          class="button small quiet"
          type="button"
          aria-pressed={isGatesWide.value}
          title={words.wideHint}
          onClick={() => setGatesWide(!isGatesWide.value)}
        >
          {words.wide}
        </button>
      ) : (
        <button
          class="button quiet icon fold"
          type="button"
          aria-expanded={isOpen}
          aria-label={heading}
          onClick={() => {
            isFolded.value = !isFolded.value;
          }}
        >
          <span class="chevron" aria-hidden="true" />
        </button>
      )}
    </div>
  );
}

/** `j` and `k` go from gate to gate; not while text for one is being written. */
function useGateSteps(
  open: readonly Gate[],
  { current, held, choose }: { current: Gate | undefined; held: Gate | undefined; choose: (gateId: string) => void },
): void {
  useEffect(() => {
    const step = (by: 1 | -1) => {
      const next = held ? undefined : stepGate(open, { from: current?.gateId, by });
      if (next) choose(next.gateId);
    };
    return onPageKey({ j: () => step(1), k: () => step(-1) });
  });
}

/** The gate that a reload left with unsent text. */
function writtenFor(gates: readonly Gate[]): string | undefined {
  return gates.find(({ hash }) => hash !== undefined && keptGateWriting(hash).read() !== undefined)?.gateId;
}

const halts = ({ kind }: Gate): boolean => kind === "continue";

/** Moves the focus from a gate that is gone or was put aside to the start of the gate that takes its place. */
function useFocusKept(gateId: string | undefined): { current: HTMLElement | null } {
  const section = useRef<HTMLElement>(null);
  // Asked while the old one is still there
  const wasInside = section.current?.contains(document.activeElement) === true;
  useLayoutEffect(() => {
    section.current?.querySelector(".gates-list")?.scrollTo(0, 0);
    if (wasInside) (section.current?.querySelector<HTMLElement>(".gate") ?? section.current)?.focus();
  }, [gateId]);
  return section;
}

function GateLine({ gate, onChoose }: { gate: Gate; onChoose: () => void }) {
  const { hue } = useRoom();
  const kind = words.kind[gate.kind] ?? gate.kind;
  return (
    <button class="gate-line" type="button" onClick={onChoose}>
      <Avatar name={gate.from} kind="agent" hue={hue(gate.from)} size="small" />
      <span class="gate-line-text">
        <span>
          <span class="visually-hidden">{words.show} </span>
          <strong>{kind}</strong> <span class="visually-hidden">{words.from} </span>
          <span class="muted">{gate.from}</span>
        </span>
        {gate.body !== undefined && (
          <span class="gate-preview">
            <Plain text={previewOf(gate)} />
          </span>
        )}
      </span>
    </button>
  );
}

const previewChars = 120;

function previewOf({ tool, body = "" }: Gate): string {
  const text = (tool === undefined ? body : (inputFields(body)?.[0]?.text ?? body)).slice(0, previewChars);
  return `${tool === undefined ? "" : `${tool}: `}${text.replaceAll(/\s+/g, " ")}`;
}

/** Says once that something new waits. */
function useAnnouncement(open: readonly Gate[]): string {
  const known = useRef(new Set<string>());
  const text = useSignal("");
  const ids = open.map(({ gateId }) => gateId).join(" ");
  // `ids` says when `open` changed
  useEffect(() => {
    const fresh = open.filter(({ gateId }) => !known.current.has(gateId)).at(-1);
    for (const { gateId } of open) known.current.add(gateId);
    if (fresh) text.value = words.arrived(words.kind[fresh.kind] ?? fresh.kind, fresh.from, open.length);
  }, [ids]);
  return text.value;
}
