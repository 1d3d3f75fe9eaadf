import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Gate } from "../room-state.js";
import { texts } from "../texts.js";
import { Avatar } from "./basics.js";
import { GateCard } from "./gate-card.js";
import { useRoom } from "./room-context.js";

const words = texts.gates;

/** What waits for a person, the oldest first: one in full, the others one line each. */
export function Gates({ isWide }: { isWide: boolean }) {
  const { state, may } = useRoom();
  const chosen = useSignal<string | undefined>(undefined);
  const isFolded = useSignal(false);
  /** A gate somebody writes an edit for: it stays on the page when another person decides it meanwhile. */
  const held = useSignal<Gate | undefined>(undefined);
  const open = [...state.gates].sort((a, b) => a.openedAt - b.openedAt);
  const isGone = held.value !== undefined && !open.some(({ gateId }) => gateId === held.value?.gateId);
  const gates = isGone && held.value ? [held.value, ...open] : open;
  const announcement = useAnnouncement(open);
  const current = gates.find(({ gateId }) => gateId === (held.value?.gateId ?? chosen.value)) ?? gates[0];
  const at = current ? gates.indexOf(current) + 1 : 0;
  const heading = may("decide") ? words.heading : words.headingOthers;
  const isOpen = isWide || !isFolded.value;
  return (
    <section class={`gates ${gates.length === 0 ? "gates-empty" : ""}`} id="gates" tabIndex={-1} aria-label={heading}>
      <p class="visually-hidden" role="status">
        {announcement}
      </p>
      {current && (
        <>
          <div class="gates-head">
            <h2>
              {heading} <span class="count">{gates.length}</span>
            </h2>
            {gates.length > 1 && <span class="muted">{words.position(at, gates.length)}</span>}
            {!isWide && (
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
          {isOpen && (
            <div class="gates-list">
              {gates.map((gate) =>
                gate === current ? (
                  <GateCard
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

function GateLine({ gate, onChoose }: { gate: Gate; onChoose: () => void }) {
  const { hue } = useRoom();
  const kind = words.kind[gate.kind] ?? gate.kind;
  return (
    <button class="gate-line" type="button" aria-label={words.open(kind, gate.from)} onClick={onChoose}>
      <Avatar name={gate.from} kind="agent" hue={hue(gate.from)} size="small" />
      <span class="gate-line-text">
        <strong>{kind}</strong> {gate.from}
        {gate.tool !== undefined && ` · ${gate.tool}`}
      </span>
    </button>
  );
}

/** Says once that something new waits. */
function useAnnouncement(open: readonly Gate[]): string {
  const known = useRef(new Set<string>());
  const text = useSignal("");
  const ids = open.map(({ gateId }) => gateId).join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: `ids` says when `open` changed
  useEffect(() => {
    const fresh = open.filter(({ gateId }) => !known.current.has(gateId)).at(-1);
    for (const { gateId } of open) known.current.add(gateId);
    if (fresh) text.value = words.arrived(words.kind[fresh.kind] ?? fresh.kind, fresh.from, open.length);
  }, [ids]);
  return text.value;
}
