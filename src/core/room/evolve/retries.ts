import type { EventOf } from "../event.js";
import { LIMITS } from "../limits.js";
import type { OpenTurn } from "../open-turn.js";
import { type AgentMember, presentAgent, type Room } from "../room.js";

/** Remembers what a failed turn had taken. What Parley itself had told the agent is not among it: nobody asks for that again. */
export function rememberFailed(
  room: Room,
  { agent, turn, endedVersion }: { agent: AgentMember; turn: OpenTurn; endedVersion: number },
): void {
  for (const seq of turn.taken) {
    const message = room.waiting.get(seq);
    if (!message || message.from === "parley") continue;
    const { messageId, version, index, from, class: knock } = message;
    const attempt = Math.max(turn.attempt, message.attempt ?? 1);
    room.failed.push({ agent: agent.name, messageId, version, index, from, class: knock, attempt, endedVersion });
  }
  room.failed.splice(0, Math.max(0, room.failed.length - LIMITS.maxFailedRemembered));
}

/** Puts the message before its agents again. It has no time to live any more, and a person asked for it: its hop is 0. */
export function evolveMessageRetried(room: Room, { messageId, agents, attempt }: EventOf<"message.retried">): void {
  const again = room.failed.filter((one) => one.messageId === messageId && agents.includes(one.agent));
  const [first] = again;
  room.failed = room.failed.filter((one) => !again.includes(one));
  const holders = again.flatMap((one) => presentAgent(room, one.agent) ?? []);
  if (!first || holders.length === 0) return;
  const seq = room.nextSeq;
  room.nextSeq += 1;
  const { version, index, from, class: knock } = first;
  room.waiting.set(seq, {
    seq,
    messageId,
    version,
    index,
    from,
    class: knock,
    hop: 0,
    wakes: true,
    holders: holders.length,
    attempt,
  });
  room.waitingDeliveries += holders.length;
  for (const agent of holders) agent.waiting.push(seq);
}
