import { expect } from "vitest";
import type { RoomEvent } from "../../src/core/room/event.js";
import type { AgentMember, Room } from "../../src/core/room/room.js";

type DeliveryState = "waiting" | "in a turn" | "acknowledged" | "failed" | "retried" | "expired";

/** States in which exactly one turn that ended other than lost has named the delivery. */
const named: readonly DeliveryState[] = ["acknowledged", "failed", "retried"];

interface Delivery {
  messageId: string;
  agent: string;
  state: DeliveryState;
  /** Turns that named it and ended other than lost. */
  acknowledgedBy: string[];
}

/**
 * Bookkeeping of every delivery from the events alone, without the room's fold: members, messages by recipient, and messages by turn. It throws on an
 * event that must not happen.
 */
export function createLedger() {
  const present = new Map<string, "agent" | "human">();
  const deliveries = new Map<string, Delivery[]>();
  const turns = new Map<string, { agent: string; taken: Delivery[] }>();
  const ids = new Set<string>();

  const of = (agent: string) => deliveries.get(agent) ?? [];
  const queue = (agent: string, messageId: string) =>
    deliveries.set(agent, [...of(agent), { messageId, agent, state: "waiting", acknowledgedBy: [] }]);

  function once(messageId: string): void {
    if (ids.has(messageId)) throw new Error(`${messageId} is in the log twice`);
    ids.add(messageId);
  }

  function deliver(event: Extract<RoomEvent, { type: "message.posted" }>): void {
    once(event.messageId);
    const names = event.to === "room" ? [...present.keys()] : event.to;
    for (const name of names) if (name !== event.from && present.get(name) === "agent") queue(name, event.messageId);
  }

  function take(turnId: string, agent: string, messages: readonly string[]): void {
    const turn = turns.get(turnId) ?? { agent, taken: [] };
    turns.set(turnId, turn);
    for (const messageId of messages) {
      const waiting = of(agent).find((one) => one.messageId === messageId && one.state === "waiting");
      if (!waiting) throw new Error(`${turnId} takes ${messageId}, which does not wait for ${agent}`);
      waiting.state = "in a turn";
      turn.taken.push(waiting);
    }
  }

  function endTurn(event: Extract<RoomEvent, { type: "turn.ended" }>): void {
    const turn = turns.get(event.turnId);
    if (!turn) throw new Error(`${event.turnId} ends and is not open`);
    turns.delete(event.turnId);
    for (const delivery of turn.taken) {
      delivery.state = stateAfter(event.outcome);
      if (event.outcome !== "lost") delivery.acknowledgedBy.push(event.turnId);
    }
  }

  /** A person asked again for what failed: a delivery of its own, of the same message. */
  function retry({ messageId, agents }: Extract<RoomEvent, { type: "message.retried" }>): void {
    for (const agent of agents) {
      const failed = of(agent).find((one) => one.messageId === messageId && one.state === "failed");
      if (!failed) throw new Error(`${messageId} is retried for ${agent} and did not fail`);
      failed.state = "retried";
      queue(agent, messageId);
    }
  }

  function expire(agent: string, messageId: string): void {
    const waiting = of(agent).find((one) => one.messageId === messageId && one.state === "waiting");
    if (!waiting) throw new Error(`${messageId} expires for ${agent} and does not wait`);
    waiting.state = "expired";
  }

  function leave(name: string): void {
    const open = of(name).filter(({ state }) => state === "waiting" || state === "in a turn");
    if (open.length > 0) throw new Error(`${name} leaves and ${open[0]?.messageId} is still open`);
    present.delete(name);
  }

  function startTurn(event: Extract<RoomEvent, { type: "turn.started" }>): void {
    for (const open of turns.values()) if (open.agent === event.agent) throw new Error(`${event.agent} has two turns`);
    take(event.turnId, event.agent, event.messages);
  }

  function see(event: RoomEvent): void {
    if (event.type === "participant.joined") present.set(event.name, event.kind);
    else if (event.type === "participant.left") leave(event.name);
    else if (event.type === "message.posted") deliver(event);
    else if (event.type === "message.retried") retry(event);
    else if (event.type === "message.bounced") {
      once(event.messageId);
      queue(event.to, event.messageId);
    } else seeGone(event);
  }

  function seeGone(event: RoomEvent): void {
    if (event.type === "message.expired") for (const name of event.recipients) expire(name, event.messageId);
    else if (event.type === "message.withdrawn") for (const name of event.agents) expire(name, event.messageId);
    else seeTurn(event);
  }

  function seeTurn(event: RoomEvent): void {
    if (event.type === "turn.started") startTurn(event);
    else if (event.type === "turn.steered") take(event.turnId, event.agent, event.messages);
    else if (event.type === "turn.ended") endTurn(event);
  }

  /** The room agrees with the ledger: nothing open is missing, and nothing else is kept. */
  function check(room: Room): void {
    for (const [name, kind] of present) {
      const agent = room.participants.get(name);
      expect(agent?.kind).toBe(kind);
      if (agent?.kind !== "agent") continue;
      expect(idsOf(room, agent.waiting).sort(), `what waits for ${name}`).toEqual(inState(name, "waiting"));
      expect(idsOf(room, agent.turn?.taken ?? []).sort(), `what ${name} works on`).toEqual(inState(name, "in a turn"));
    }
    for (const delivery of [...deliveries.values()].flat())
      expect(delivery.acknowledgedBy).toHaveLength(named.includes(delivery.state) ? 1 : 0);
  }

  const inState = (agent: string, state: DeliveryState) =>
    of(agent)
      .filter((one) => one.state === state)
      .map(({ messageId }) => messageId)
      .sort();

  return { see, check };
}

function stateAfter(outcome: Extract<RoomEvent, { type: "turn.ended" }>["outcome"]): DeliveryState {
  if (outcome === "lost") return "waiting";
  return outcome === "failed" || outcome === "timed-out" ? "failed" : "acknowledged";
}

function idsOf(room: Room, seqs: readonly number[]): string[] {
  return seqs.map((seq) => room.waiting.get(seq)?.messageId ?? `nothing at ${seq}`);
}

/** The room's counts fit what its agents hold, whatever the log says. */
export function checkCounts(room: Room): void {
  const holders = new Map<number, number>();
  for (const participant of room.participants.values()) {
    if (participant.kind !== "agent") continue;
    expect(participant.waiting).toEqual([...participant.waiting].sort((a, b) => a - b));
    for (const seq of seqsOf(participant)) holders.set(seq, (holders.get(seq) ?? 0) + 1);
  }
  const kept = new Map([...room.waiting].map(([seq, message]) => [seq, message.holders]));
  expect(new Map([...kept].sort(([a], [b]) => a - b))).toEqual(new Map([...holders].sort(([a], [b]) => a - b)));
  expect(room.waitingDeliveries).toBe([...kept.values()].reduce((sum, count) => sum + count, 0));
  const present = [...room.participants.values()].filter(
    (one) => one.kind === "agent" && one.leftVersion === undefined,
  );
  expect([...room.agents].sort()).toEqual(present.map(({ name }) => name).sort());
}

/** A permission or a question that an agent waits for is of its open turn, or of a lost one that is begun again. */
export function checkAsks(room: Room): void {
  for (const { gateId, from, requestId } of room.gates.values()) {
    if (requestId === undefined) continue;
    const agent = room.participants.get(from);
    const { turn, retry } = agent?.kind === "agent" ? agent : {};
    const asks = [...(turn?.asks ?? []), ...(turn?.askedBefore ?? []), ...(retry?.asks ?? [])];
    expect(asks.map((ask) => ask.gateId)).toContain(gateId);
  }
}

function seqsOf(agent: AgentMember): number[] {
  return [...agent.waiting, ...(agent.turn?.taken ?? [])];
}
