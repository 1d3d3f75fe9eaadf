import { withGrant } from "../../values/spent-windows.js";
import type { EventOf } from "../event.js";
import { printOfMessage, printOfQuestion } from "../fingerprint.js";
import type { Ask, OpenTurn } from "../open-turn.js";
import { type AgentMember, type OpenGate, presentAgent, presentAgents, type Room } from "../room.js";
import { recordPostOf, type TimedPlace, wasHeard } from "./messages.js";
import { recordReached } from "./missed.js";

/** Resolved gates a room remembers, to tell a late decider who was first. */
const rememberedGates = 200;

/** Questions and permissions an open turn remembers, unless more of them are open. */
const rememberedAsks = 20;

/** Adds the open gate and the messages it holds back. */
export function evolveGateOpened(room: Room, event: EventOf<"gate.opened">, place: TimedPlace): void {
  const gate: OpenGate = {
    gateId: event.gateId,
    kind: event.kind,
    from: event.from,
    hash: event.hash,
    version: place.version,
    index: place.index,
    openedAtMs: place.at,
  };
  if (event.content !== undefined) gate.hashVersion = 2;
  if (event.turnId !== undefined) gate.turnId = event.turnId;
  if (event.requestId !== undefined) gate.requestId = event.requestId;
  if (event.expiresAtMs !== undefined) gate.expiresAtMs = event.expiresAtMs;
  if (event.reminder !== undefined) gate.reminder = event.reminder;
  if (event.message !== undefined) gate.message = event.message;
  room.gates.set(event.gateId, gate);
  if (event.kind === "continue") room.guard.gateId = event.gateId;
  const agent = presentAgent(room, event.from);
  if (!agent) return;
  wasHeard(agent);
  const isSaid = event.kind === "message" || event.kind === "question";
  if (isSaid && agent.turn && agent.turn.turnId === event.turnId) recordReached(agent.turn, event.to ?? ["human"]);
  const { requestId, gateId, fingerprint } = event;
  if (requestId !== undefined)
    recordAsk(agent.turn, { requestId, gateId, ...(fingerprint !== undefined && { fingerprint }) });
  else recordPostOf(agent, event.turnId, [event.message?.messageId ?? gateId, place.version, printOfHeld(event)]);
}

function printOfHeld({ message, to, body, content }: EventOf<"gate.opened">): string {
  return message && to !== undefined ? printOfMessage(to, body, content?.attachments) : printOfQuestion(body);
}

/** The agent that was cut off while it waited asks again: the gate is that of its new turn, and what was decided meanwhile holds. */
export function evolveGateReasked(room: Room, event: EventOf<"gate.reasked">): void {
  const { gateId, turnId, requestId } = event;
  const gate = room.gates.get(gateId);
  if (gate) Object.assign(gate, { turnId, requestId });
  const turn = presentAgent(room, event.agent)?.turn;
  const ask = turn?.askedBefore.find((before) => before.gateId === gateId);
  if (!turn || !ask) return;
  turn.askedBefore = turn.askedBefore.filter((before) => before !== ask);
  recordAsk(turn, { ...ask, requestId });
}

/** The next reminder counts from this one: after a long stop nobody gets all the missed reminders. */
export function evolveGateReminded(room: Room, { gateId }: EventOf<"gate.reminded">, { at }: TimedPlace): void {
  const gate = room.gates.get(gateId);
  if (!gate?.reminder) return;
  const { everyMs, timesLeft } = gate.reminder;
  if (timesLeft > 1) gate.reminder = { atMs: at + everyMs, everyMs, timesLeft: timesLeft - 1 };
  else delete gate.reminder;
}

/** The turn keeps only its latest answered requests: older answers have long reached it. */
function recordAsk(turn: OpenTurn | undefined, ask: Ask): void {
  if (!turn) return;
  turn.asks.push(ask);
  if (turn.asks.length <= rememberedAsks) return;
  const oldest = turn.asks.findIndex(({ resolved }) => resolved !== undefined);
  if (oldest >= 0) turn.asks.splice(oldest, 1);
}

/** Closes the gate; a continue gate resets or ends the messages it held back. */
export function evolveGateResolved(room: Room, event: EventOf<"gate.resolved">, place: TimedPlace): void {
  const gate = room.gates.get(event.gateId);
  if (!gate) return;
  room.gates.delete(event.gateId);
  remember(room, event, place);
  const agent = room.participants.get(gate.from);
  if (agent?.kind === "agent") {
    if (gate.kind === "message" && (event.outcome === "approved" || event.outcome === "edited"))
      agent.approvedOnce = true;
    recordDecision(agent, event, place);
    recordTrust(agent, event);
  }
  if (gate.kind !== "continue") return;
  resetGuard(room);
  if (event.outcome === "continued") grantBudgets(room);
}

function recordDecision(agent: AgentMember, event: EventOf<"gate.resolved">, place: TimedPlace): void {
  const isIt = (ask: Ask) => ask.gateId === event.gateId;
  const { turn, retry } = agent;
  if (event.outcome === "withdrawn") {
    if (turn) turn.askedBefore = turn.askedBefore.filter((ask) => !isIt(ask));
    if (retry) retry.asks = retry.asks.filter((ask) => !isIt(ask));
  }
  const ask = [...(turn?.asks ?? []), ...(turn?.askedBefore ?? []), ...(retry?.asks ?? [])].find(isIt);
  if (!ask) return;
  ask.resolved = { version: place.version, index: place.index };
  if (event.outcome === "answered") ask.answered = true;
}

function recordTrust(agent: AgentMember, { kind, outcome, remember: span, by }: EventOf<"gate.resolved">): void {
  if (kind !== "tool" || outcome !== "allowed" || span !== "session") return;
  const { trustedBy = [] } = agent;
  if (!trustedBy.includes(by)) agent.trustedBy = [...trustedBy, by];
}

function remember(room: Room, event: EventOf<"gate.resolved">, place: TimedPlace): void {
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

/** Reset hop counts of queued messages, or the next reply would trip the guard again. */
function resetGuard(room: Room): void {
  room.guard = { sincePerson: 0, recent: [] };
  for (const message of room.waiting.values()) message.hop = 0;
  for (const gate of room.gates.values()) if (gate.message) gate.message = { ...gate.message, hop: 0 };
  for (const agent of presentAgents(room)) if (agent.turn) agent.turn.hop = 0;
}

/** Continuing the agents resets every budget. */
function grantBudgets(room: Room): void {
  if (room.policy.budget) grantBudget(room);
  for (const agent of presentAgents(room)) if (agent.budget) grantBudget(agent);
}

function grantBudget(account: Pick<Room, "usage" | "budgetGrantedAt" | "spentWindows">): void {
  account.budgetGrantedAt = account.usage;
  if (account.spentWindows) account.spentWindows = withGrant(account.spentWindows);
}
