import type { EventOf } from "../event.js";
import { type Ask, type OpenGate, type OpenTurn, presentAgent, presentAgents, type Room } from "../room.js";
import { type EventPlace, recordPostOf } from "./messages.js";

/** Resolved gates a room remembers, to tell a late decider who was first. */
const rememberedGates = 200;

/** Questions and permissions an open turn remembers, unless more of them are open. */
const rememberedAsks = 20;

export function evolveGateOpened(room: Room, event: EventOf<"gate.opened">, place: EventPlace): void {
  const gate: OpenGate = {
    gateId: event.gateId,
    kind: event.kind,
    from: event.from,
    hash: event.hash,
    version: place.version,
    index: place.index,
    openedAtMs: place.at,
  };
  if (event.turnId !== undefined) gate.turnId = event.turnId;
  if (event.requestId !== undefined) gate.requestId = event.requestId;
  if (event.expiresAtMs !== undefined) gate.expiresAtMs = event.expiresAtMs;
  if (event.message !== undefined) gate.message = event.message;
  room.gates.set(event.gateId, gate);
  if (event.kind === "continue") room.guard.gateId = event.gateId;
  const agent = presentAgent(room, event.from);
  if (!agent) return;
  agent.bounced = false;
  if (event.requestId !== undefined) recordAsk(agent.turn, { requestId: event.requestId, gateId: event.gateId });
  else recordPostOf(agent, event.turnId, event.message?.messageId ?? event.gateId, place.version);
}

/** Of what was answered the turn keeps the latest: by then older answers have long reached it. */
function recordAsk(turn: OpenTurn | undefined, ask: Ask): void {
  if (!turn) return;
  turn.asks.push(ask);
  if (turn.asks.length <= rememberedAsks) return;
  const oldest = turn.asks.findIndex(({ resolved }) => resolved !== undefined);
  if (oldest >= 0) turn.asks.splice(oldest, 1);
}

export function evolveGateResolved(room: Room, event: EventOf<"gate.resolved">, place: EventPlace): void {
  const gate = room.gates.get(event.gateId);
  if (!gate) return;
  room.gates.delete(event.gateId);
  remember(room, event, place);
  const agent = room.participants.get(gate.from);
  if (agent?.kind === "agent") {
    if (gate.kind === "message" && (event.outcome === "approved" || event.outcome === "edited"))
      agent.approvedOnce = true;
    const ask = agent.turn?.asks.find((open) => open.gateId === event.gateId);
    if (ask) ask.resolved = { version: place.version, index: place.index };
  }
  if (gate.kind !== "continue") return;
  resetGuard(room);
  if (event.outcome === "continued") grantBudgets(room);
}

function remember(room: Room, event: EventOf<"gate.resolved">, place: EventPlace): void {
  room.resolvedGates.set(event.gateId, {
    by: event.by,
    outcome: event.outcome,
    version: place.version,
    atMs: place.at,
  });
  if (room.resolvedGates.size <= rememberedGates) return;
  for (const oldest of room.resolvedGates.keys()) {
    room.resolvedGates.delete(oldest);
    return;
  }
}

/** What waits starts counting anew; otherwise the next answer would trip the guard again at once. */
function resetGuard(room: Room): void {
  room.guard = { sincePerson: 0, recent: [] };
  for (const message of room.waiting.values()) message.hop = 0;
  for (const gate of room.gates.values()) if (gate.message) gate.message = { ...gate.message, hop: 0 };
  for (const agent of presentAgents(room)) if (agent.turn) agent.turn.hop = 0;
}

/** Who lets agents go on gives every budget anew. */
function grantBudgets(room: Room): void {
  if (room.policy.budget) room.budgetGrantedAt = room.usage;
  for (const agent of presentAgents(room)) if (agent.budget) agent.budgetGrantedAt = agent.usage;
}
