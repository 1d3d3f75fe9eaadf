import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { alikeOf, messagesBefore } from "../gate-context.js";
import type { Gate } from "../open-gates.js";
import { messagePath } from "../router.js";
import { texts } from "../texts.js";
import { clockTime } from "../time.js";
import { Plain, Scrollable, Wary } from "./basics.js";
import { useRoom } from "./room-context.js";

const words = texts.gates;
const shownChars = 400;

/** The last messages to and from the agent before its gate opened, folded away. */
export function LedTo({ gate }: { gate: Gate }) {
  const { state } = useRoom();
  const messages = useMemo(() => messagesBefore(state.entries, gate), [state.entries, gate]);
  const isOpen = useSignal(false);
  if (messages.length === 0) return null;
  return (
    <details
      class="led-to"
      onToggle={({ currentTarget }) => {
        isOpen.value = currentTarget.open;
      }}
    >
      <summary>{words.ledTo}</summary>
      {(isOpen.value ? messages : []).map((message) => (
        <div class="message-line" key={message.id}>
          <a class="permalink" href={messagePath(state.roomId, message)}>
            <strong>{message.from}</strong> <span class="muted">{clockTime(message.at)}</span>
          </a>
          <p dir="auto">
            <Plain text={message.body.slice(0, shownChars)} />
            {message.body.length > shownChars && " …"}
          </p>
        </div>
      ))}
    </details>
  );
}

/** Several gates of one agent for the same thing, read together and decided each by its own hash. */
export function AlikeGates({
  gate,
  isBusy,
  onDecide,
}: {
  gate: Gate;
  isBusy: boolean;
  onDecide: (gates: readonly Gate[]) => void;
}) {
  const { state } = useRoom();
  const isOpen = useSignal(false);
  /** Shown when the list was opened: one that comes later was not read. */
  const shown = useSignal<readonly Gate[]>([]);
  const alike = alikeOf(state.gates, gate);
  const label = gate.kind === "tool" ? words.allow : words.approve;
  if (alike.length < 2) return null;
  const still = shown.value.filter((one) =>
    alike.some(({ gateId, hash }) => gateId === one.gateId && hash === one.hash),
  );
  if (!isOpen.value) {
    return (
      <button
        class="button quiet"
        type="button"
        onClick={() => {
          shown.value = alike;
          isOpen.value = true;
        }}
      >
        {words.alike(label, alike.length)}
      </button>
    );
  }
  return (
    <div class="alike">
      <p class="muted">{words.alikeHeading(still.length)}</p>
      {still.map(({ gateId, body = "" }) => (
        <Scrollable key={gateId} class="gate-text exact-text" label={words.fullText} dir="auto">
          <Wary text={body} />
        </Scrollable>
      ))}
      <div class="gate-buttons">
        <button class="button primary" type="button" aria-disabled={isBusy} onClick={() => onDecide(still)}>
          {words.alikeSend(label, still.length)}
        </button>
        <button
          class="button quiet"
          type="button"
          onClick={() => {
            isOpen.value = false;
          }}
        >
          {words.cancel}
        </button>
      </div>
    </div>
  );
}
