import type { WaitingMessage } from "../delivery.js";
import type { EventOf, RoomEvent } from "../event.js";
import type { AgentMember, OpenGate, Room } from "../room.js";

type ExpiryReason = EventOf<"message.expired">["reason"];

/** Everything that ends with an agent: its turn, its waiting messages and its gates, in that order. */
export function endOfAgent(
  room: Room,
  agent: AgentMember,
  { by, reason }: { by: string; reason: ExpiryReason },
): RoomEvent[] {
  return [
    ...cancelledTurn(agent, by),
    ...expiredMailbox(room, [agent], { reason }),
    ...withdrawnGates(room, by, (gate) => gate.from === agent.name && gate.kind !== "continue"),
  ];
}

/** Ends the agent’s open turn as cancelled; nothing where it has none. */
export function cancelledTurn(agent: AgentMember, by: string): RoomEvent[] {
  if (!agent.turn) return [];
  return [{ type: "turn.ended", turnId: agent.turn.turnId, agent: agent.name, outcome: "cancelled", by }];
}

/** One event per waiting message (of those of `which`; default all), naming every agent it no longer reaches. */
export function expiredMailbox(
  room: Room,
  agents: readonly AgentMember[],
  { reason, which = () => true }: { reason: ExpiryReason; which?: (message: WaitingMessage) => boolean },
): RoomEvent[] {
  const recipients = new Map<number, string[]>();
  for (const agent of agents) {
    for (const seq of agent.waiting) {
      const names = recipients.get(seq);
      if (names) names.push(agent.name);
      else recipients.set(seq, [agent.name]);
    }
  }
  const seqs = [...recipients.keys()].sort((a, b) => a - b);
  return seqs.flatMap((seq): RoomEvent[] => {
    const message = room.waiting.get(seq);
    return message && which(message)
      ? [{ type: "message.expired", messageId: message.messageId, recipients: recipients.get(seq) ?? [], reason }]
      : [];
  });
}

/** Waiting messages of these agents that are past their time to live, and what a lost turn asked of which nothing is left to deliver again. */
export function overdueMessages(room: Room, agents: readonly AgentMember[], nowMs: number): RoomEvent[] {
  const isLate = (seq: number) => isOverdue(room.waiting.get(seq), nowMs);
  if (!agents.some(({ waiting }) => waiting.some(isLate))) return [];
  const endsRetry = ({ retry, turn, waiting }: AgentMember) =>
    retry && !retry.opening && !turn && waiting.every(isLate);
  return [
    ...expiredMailbox(room, agents, { reason: "ttl", which: (message) => isOverdue(message, nowMs) }),
    ...agents.filter(endsRetry).flatMap((agent) => withdrawnAsks(room, agent)),
  ];
}

/** Whether the message’s time to live is over. */
export function isOverdue(message: WaitingMessage | undefined, nowMs: number): boolean {
  return message?.expiresAtMs !== undefined && message.expiresAtMs <= nowMs;
}

/** Withdraws the gates that `which` chooses. */
export function withdrawnGates(room: Room, by: string, which: (gate: OpenGate) => boolean): RoomEvent[] {
  const events: RoomEvent[] = [];
  for (const gate of room.gates.values()) {
    if (which(gate))
      events.push({ type: "gate.resolved", gateId: gate.gateId, kind: gate.kind, outcome: "withdrawn", by });
  }
  return events;
}

/** Gates of a turn, or of a lost one before it, have no asker once it ended for good. */
export function withdrawnAsks(room: Room, agent: AgentMember): RoomEvent[] {
  const asks = [...(agent.turn?.asks ?? []), ...(agent.turn?.askedBefore ?? []), ...(agent.retry?.asks ?? [])];
  const gates = new Set(asks.map(({ gateId }) => gateId));
  return withdrawnGates(room, "parley", ({ gateId }) => gates.has(gateId));
}
