import { useEffect, useMemo } from "preact/hooks";
import { emptyDraft, keptDraft } from "../answer-draft.js";
import { keptGateWriting } from "../gate-writing.js";
import { createHeldDecisions, type HeldDecisions, undoForMs } from "../held-decisions.js";
import { problemText } from "../problem-text.js";
import type { RoomSession } from "../room-session.js";
import type { RoomState } from "../room-state.js";
import { texts } from "../texts.js";

/** The decisions that wait in this page: sent when their time is up or the page goes away, dropped when the gate was decided first. */
export function useHeldDecisions(
  { session, state }: { session: RoomSession; state: RoomState },
  say: (sentence: string) => void,
): HeldDecisions {
  const decisions = useMemo(
    () =>
      createHeldDecisions({
        async send({ gateId, decision }) {
          const sent = await session.decide(gateId, decision);
          if (sent.ok) {
            keptDraft(decision.hash).keep(emptyDraft);
            return keptGateWriting(decision.hash).keep(undefined);
          }
          const { code, by = "", outcome = "" } = sent.problem;
          say(code === "gate_already_resolved" ? texts.gates.first(by, outcome) : problemText(sent.problem));
        },
        // Others see it as it waits; the decision does not depend on whether they do.
        announce(gateId, decision) {
          void session.api.announce(gateId, decision && { action: decision.action, forMs: undoForMs });
        },
        nowMs: () => Date.now(),
        later: (delayMs, callback) => void setTimeout(callback, delayMs),
      }),
    [session],
  );
  useEffect(() => {
    const flush = () => decisions.flush();
    addEventListener("pagehide", flush);
    return () => {
      removeEventListener("pagehide", flush);
      flush();
    };
  }, [decisions]);
  const { settledGates } = state;
  useEffect(() => {
    for (const { gateId } of decisions.held.peek()) {
      const settled = settledGates.get(gateId);
      if (settled && decisions.lose(gateId)) say(texts.gates.lost(settled.by, settled.outcome));
    }
  }, [settledGates]);
  return decisions;
}
