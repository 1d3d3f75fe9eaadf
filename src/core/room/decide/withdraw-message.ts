import type { WithdrawMessage } from "../command.js";
import type { WaitingMessage } from "../delivery.js";
import type { EventOf, RoomEvent } from "../event.js";
import type { Rejection } from "../rejection.js";
import { actorName, rejectionIfForbidden } from "../rights.js";
import { presentAgent, type Room } from "../room.js";
import { accept, type DecideContext, type Decision, reject } from "./decision.js";
import { decidePost } from "./post.js";

/** Takes a message back, for its sender alone and while no agent has taken it; a replacement is posted in the same commit. */
export function decideWithdrawMessage(room: Room, command: WithdrawMessage, context: DecideContext): Decision {
  const refused = rejectionIfForbidden(room, command.by, "speak");
  if (refused) return reject(refused);
  const by = actorName(command.by);
  const message = [...room.waiting.values()].find(({ messageId }) => messageId === command.messageId);
  const refusal = whyNot(message, by);
  if (!message || refusal) return reject(refusal ?? gone);
  const withdrawn: EventOf<"message.withdrawn"> = {
    type: "message.withdrawn",
    messageId: message.messageId,
    agents: room.agents.filter((name) => presentAgent(room, name)?.waiting.includes(message.seq)),
    by,
  };
  if (!command.replacement) return accept(withdrawn);
  const posted = decidePost(
    room,
    { type: "message.post", by: command.by, ...command.replacement, class: message.class },
    context,
  );
  if (posted.kind !== "accepted") return posted;
  const until = message.expiresAtMs;
  return accept(
    { ...withdrawn, replacedBy: command.replacement.messageId },
    ...posted.events.map((event) => (until === undefined ? event : endingAt(event, until))),
  );
}

const gone: Rejection = {
  code: "nothing_to_withdraw",
  detail: "no agent waits for this message any more: it was taken, it expired, or it is not in this room",
};

function whyNot(message: WaitingMessage | undefined, by: string): Rejection | undefined {
  if (!message) return gone;
  if (message.from !== by) return { code: "forbidden", detail: `only ${message.from}, who wrote it, may take it back` };
  if (message.taken || message.attempt !== undefined)
    return { code: "nothing_to_withdraw", detail: "an agent has taken this message already" };
  return undefined;
}

function endingAt(event: RoomEvent, expiresAtMs: number): RoomEvent {
  return event.type === "message.posted" ? { ...event, expiresAtMs } : event;
}
