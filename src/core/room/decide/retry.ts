import type { RetryMessage } from "../command.js";
import type { FailedDelivery } from "../delivery.js";
import type { EventOf } from "../event.js";
import { LIMITS } from "../limits.js";
import { actorName, rejectionIfForbidden } from "../rights.js";
import { presentAgent, type Room } from "../room.js";
import { accept, type Decision, reject } from "./decision.js";

/** Delivers again what a failed turn had taken. Needs the right `speak`. */
export function decideRetry(room: Room, command: RetryMessage): Decision {
  const refused = rejectionIfForbidden(room, command.by, "speak");
  if (refused) return reject(refused);
  const failed = failedFor(room, command);
  if (failed.length === 0) return reject({ code: "nothing_to_retry", detail: whyNothing(command) });
  const isFull =
    room.waiting.size + failed.length > LIMITS.maxWaitingMessages ||
    room.waitingDeliveries + failed.length > LIMITS.maxWaitingDeliveries;
  if (isFull)
    return reject({ code: "limit_reached", detail: "too many messages wait for agents already; let them catch up" });
  return accept(...retriesOf(failed, actorName(command.by)));
}

function failedFor(room: Room, { messageId, agent }: RetryMessage): FailedDelivery[] {
  const present = room.failed.filter((one) => isStillThere(room, one) && (agent === undefined || one.agent === agent));
  if (messageId !== undefined) return present.filter((one) => one.messageId === messageId);
  const last = Math.max(...present.map(({ endedVersion }) => endedVersion));
  return present.filter(({ endedVersion }) => endedVersion === last);
}

/** An agent that came back under the same name is another one: it was given none of the messages that failed before. */
function isStillThere(room: Room, { agent, endedVersion }: FailedDelivery): boolean {
  const present = presentAgent(room, agent);
  return present !== undefined && present.joinedVersion < endedVersion;
}

/** One event per message, in the order in which they were posted. */
function retriesOf(failed: readonly FailedDelivery[], by: string): EventOf<"message.retried">[] {
  const inOrder = failed.toSorted((a, b) => a.version - b.version || a.index - b.index);
  const events = new Map<string, EventOf<"message.retried">>();
  for (const { messageId, agent, attempt } of inOrder) {
    const known = events.get(messageId) ?? { type: "message.retried", messageId, agents: [], by, attempt: 1 };
    const attempts = Math.max(known.attempt, attempt + 1);
    events.set(messageId, { ...known, agents: [...known.agents, agent], attempt: attempts });
  }
  return [...events.values()];
}

function whyNothing({ messageId, agent }: RetryMessage): string {
  const which = messageId === undefined ? "no message" : `the message ${messageId}`;
  const whom = agent === undefined ? "" : ` for ${agent}`;
  return messageId === undefined
    ? `${which} failed${whom}, or it was delivered again already`
    : `${which} did not fail${whom}, or it was delivered again already`;
}
