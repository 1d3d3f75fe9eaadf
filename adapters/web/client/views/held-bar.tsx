import { useEffect } from "preact/hooks";
import type { HeldDecision } from "../held-decisions.js";
import { nowMs } from "../now.js";
import { texts } from "../texts.js";
import { Key } from "./basics.js";
import { onPageKey } from "./page-keys.js";
import { useRoom } from "./room-context.js";

const words = texts.gates;

/** The decisions that wait to be sent; the last can be taken back with `u`. */
export function HeldBar() {
  const { heldDecisions } = useRoom();
  const held = heldDecisions.held.value;
  const last = held.at(-1);
  useEffect(() => (last ? onPageKey({ u: () => heldDecisions.undo(last.gateId) }) : undefined), [last]);
  if (!last) return null;
  return (
    <div class="held-decisions" role="status">
      {held.map((one) => (
        <HeldLine key={one.gateId} held={one} isLast={one === last} />
      ))}
    </div>
  );
}

function HeldLine({ held: { gateId, decision, sendAtMs }, isLast }: { held: HeldDecision; isLast: boolean }) {
  const { heldDecisions, state } = useRoom();
  const from = state.gates.find((gate) => gate.gateId === gateId)?.from ?? "";
  const seconds = Math.max(1, Math.ceil((sendAtMs - nowMs.value) / 1_000));
  return (
    <div class="held-decision">
      <span>{words.sentIn(words.waiting[decision.action], from, seconds)}</span>
      <button class="button small" type="button" onClick={() => heldDecisions.undo(gateId)}>
        {words.undo} {isLast && <Key letter="u" />}
      </button>
    </div>
  );
}
