import type { EventOf } from "../event.js";
import { gateHash } from "../gate.js";
import { reminderOf } from "../gate-reminder.js";
import type { Policy } from "../policy.js";
import type { DecideContext } from "./decision.js";

/** Asks a person whether agents may continue; until then no turn starts. `cause` makes its id. */
export function continueGate(
  from: string,
  cause: string,
  { reason, policy, context }: { reason: string; policy: Policy; context: DecideContext },
): EventOf<"gate.opened"> {
  const content = {
    gateId: `continue-${cause}`,
    kind: "continue" as const,
    from,
    body: `The agents were halted because ${reason}. Go on?`,
  };
  return {
    type: "gate.opened",
    ...content,
    hash: gateHash(content, context.sha256),
    why: reason,
    ...reminderOf(policy, context.nowMs),
  };
}
