import { budgetsUsedUp, budgetWarnings } from "../budget.js";
import type { CommandOf, EndTurn, StartTurn } from "../command.js";
import type { EventOf, RoomEvent } from "../event.js";
import { LIMITS } from "../limits.js";
import { outagesOf } from "../open-outage.js";
import type { OpenTurn } from "../open-turn.js";
import { actorName, rejectionIfForbidden } from "../rights.js";
import { type AgentMember, hasReasonToStart, presentAgent, type Room } from "../room.js";
import { continueGate } from "./continue-gate.js";
import { noticeIfBroken } from "./conversation.js";
import { accept, type DecideContext, type Decision, reject } from "./decision.js";
import { cancelledTurn, isOverdue, overdueMessages, withdrawnAsks, withdrawnGates } from "./ending.js";
import { noteOfMissed } from "./missed.js";
import { absent } from "./participants.js";

/** The turn has ended, or never began. */
export const turnNotOpen: Decision = reject({ code: "turn_not_open", detail: "this turn is not open (any more)" });

/** The agent and its turn if `turnId` is the one that is open. */
export function openTurn(room: Room, name: string, turnId: string): { agent: AgentMember; turn: OpenTurn } | undefined {
  const agent = presentAgent(room, name);
  return agent?.turn?.turnId === turnId ? { agent, turn: agent.turn } : undefined;
}

/**
 * One open turn per agent, because this function refuses a second one: the log is the lock. A message past its time to live is not delivered,
 * whether or not the room's timer has run: it expires instead, and the mailbox looks again. Rejects with `nothing_to_start`.
 */
export function decideStartTurn(room: Room, command: StartTurn, { nowMs }: DecideContext): Decision {
  const agent = presentAgent(room, command.agent);
  if (!agent) return reject(absent(command.agent));
  if (agent.turn || !mayStart(room) || !(command.spontaneous || hasReasonToStart(room, agent))) {
    return reject({ code: "nothing_to_start", detail: "no turn can start now" });
  }
  if (command.onlyAtHome && (agent.home ?? command.node) !== command.node)
    return reject({ code: "nothing_to_start", detail: `its home is ${agent.home}` });
  const overdue = overdueMessages(room, [agent], nowMs);
  if (overdue.length > 0 && !command.spontaneous) return accept(...overdue);
  const messages = messagesOf(room, agent, { ...command, nowMs });
  if (!messages)
    return reject({ code: "nothing_to_start", detail: "what the turn was to take does not wait any more" });
  if ((command.attempt ?? nextAttempt(agent)) !== nextAttempt(agent))
    return reject({ code: "nothing_to_start", detail: "the turn before it was lost meanwhile" });
  return accept(...overdue, turnStarted(agent, { ...command, messages }));
}

/** Ids of the messages in the turn; undefined if some of the requested ones are gone. */
function messagesOf(
  room: Room,
  agent: AgentMember,
  { spontaneous, messages, nowMs }: Pick<StartTurn, "spontaneous" | "messages"> & { nowMs: number },
): readonly string[] | undefined {
  if (spontaneous) return [];
  const waiting = messageIds(room, inTime(room, agent, nowMs));
  if (!messages) return waiting.slice(0, mostMessages(agent));
  return messages.every((id) => waiting.includes(id)) ? messages : undefined;
}

/** No turn starts in a paused or closed room, or while the loop guard asks whether to continue. */
export function mayStart(room: Room): boolean {
  return room.status === "active" && room.guard.gateId === undefined;
}

function turnStarted(
  agent: AgentMember,
  { turnId, node, boot, messages, spontaneous }: StartTurn & { messages: readonly string[] },
): EventOf<"turn.started"> {
  const opening = !spontaneous && (agent.opening || agent.retry?.opening === true);
  return {
    type: "turn.started",
    turnId,
    agent: agent.name,
    messages: [...messages],
    node,
    boot,
    attempt: nextAttempt(agent),
    ...(opening && { opening }),
  };
}

const nextAttempt = ({ retry }: AgentMember): number => (retry?.attempt ?? 0) + 1;

/**
 * Messages a turn takes. Fewer after each one that was lost: a long turn that is cut off again and again would never end, and when one is
 * given up at last it is for as few messages as possible.
 */
function mostMessages({ retry }: AgentMember): number {
  if (!retry) return LIMITS.maxMessagesPerTurn;
  return Math.max(1, LIMITS.maxMessagesPerTurn >> (retry.restarts + 3 * retry.deaths));
}

/** `seq` of waiting messages that are not past their time to live. */
function inTime(room: Room, agent: AgentMember, nowMs: number): number[] {
  return agent.waiting.filter((seq) => !isOverdue(room.waiting.get(seq), nowMs));
}

function messageIds(room: Room, seqs: readonly number[]): string[] {
  return seqs.flatMap((seq) => room.waiting.get(seq)?.messageId ?? []);
}

/** Messages that are to reach a busy agent inside its turn. */
export function decideSteer(room: Room, command: CommandOf<"turn.steer">, { nowMs }: DecideContext): Decision {
  const open = openTurn(room, command.agent, command.turnId);
  if (!open) return turnNotOpen;
  const overdue = overdueMessages(room, [open.agent], nowMs);
  if (overdue.length > 0) return accept(...overdue);
  const steering = open.agent.waiting.filter((seq) => room.waiting.get(seq)?.class === "interrupt");
  const left = LIMITS.maxMessagesPerTurn - open.turn.taken.length;
  const messages = messageIds(room, steering.slice(0, Math.max(0, left)));
  return messages.length === 0
    ? accept()
    : accept({ type: "turn.steered", turnId: command.turnId, agent: command.agent, messages });
}

/** Ends an open turn with its outcome. */
export function decideEndTurn(room: Room, command: EndTurn): Decision {
  const open = openTurn(room, command.agent, command.turnId);
  if (!open) return turnNotOpen;
  const { turnId, agent, outcome, error, refused, steps } = command;
  const ended: RoomEvent = {
    type: "turn.ended",
    turnId,
    agent,
    outcome,
    ...(error !== undefined && { error }),
    ...(refused !== undefined && outcome === "failed" && { refused: refused.slice(0, LIMITS.maxRefusalChars) }),
    ...(steps !== undefined && { steps }),
  };
  const notes = outcome === "done" ? noteOfMissed(room, open.agent, open.turn) : [];
  const told = outcome === "failed" ? noticeOfEnd(room, command) : [];
  return accept(...withdrawnAsks(room, open.agent), ...notes, ended, ...told, ...noticeIfBroken(open.agent, command));
}

function noticeOfEnd(room: Room, { agent, notice }: EndTurn): RoomEvent[] {
  if (!notice) return [];
  const over = notice.endsOutageOf ? outagesOf(room.outages, notice.endsOutageOf).map(([node]) => node) : [];
  const outagesOver = over.length > 0 && { outagesOver: over };
  return [{ type: "notice.posted", text: notice.text, about: agent, severity: "warning", ...outagesOver }];
}

/** Its messages are delivered again, and its questions can still be answered; unless it died too often: then the room is told. */
export function decideLoseTurn(room: Room, command: CommandOf<"turn.lose">): Decision {
  const open = openTurn(room, command.agent, command.turnId);
  if (!open) return turnNotOpen;
  const { turnId, agent, lostBy, error: reason } = command;
  if (lostBy === "outage") return accept({ type: "turn.ended", turnId, agent, outcome: "lost", outage: true });
  const deaths = (open.agent.retry?.deaths ?? 0) + (lostBy === "sandbox" ? 1 : 0);
  const restarts = (open.agent.retry?.restarts ?? 0) + (lostBy === "router" ? 1 : 0);
  if (deaths < LIMITS.maxSandboxDeaths && restarts < LIMITS.maxRouterRestarts) {
    const told = reason === undefined ? {} : { error: reason };
    return accept({ type: "turn.ended", turnId, agent, outcome: "lost", lostBy, ...told });
  }
  const why = lostBy === "sandbox" ? `its sandbox died ${deaths} times` : `Parley restarted ${restarts} times`;
  const error = `gave up: ${why} during this turn`;
  const when = command.atStart ? "at last before it could begin" : "while it worked";
  const text = `${agent} could not finish what it was given: ${why}, ${when}. Its messages are not delivered again until somebody asks for it; retry them, or write to ${agent} to go on.`;
  return accept(
    ...withdrawnAsks(room, open.agent),
    { type: "turn.ended", turnId, agent, outcome: "failed", error },
    { type: "notice.posted", text, about: agent, severity: "warning" },
  );
}

/** The agent no longer waits for this answer. */
export function decideWithdraw(room: Room, command: CommandOf<"turn.withdraw">): Decision {
  const open = openTurn(room, command.agent, command.turnId);
  if (!open) return turnNotOpen;
  const ask = open.turn.asks.find(({ requestId }) => requestId === command.requestId);
  return accept(...withdrawnGates(room, "parley", (gate) => gate.gateId === ask?.gateId));
}

/** Cancels the agent’s open turn. Needs the right `steer`. */
export function decideInterrupt(room: Room, command: CommandOf<"agent.interrupt">): Decision {
  const refused = rejectionIfForbidden(room, command.by, "steer");
  if (refused) return reject(refused);
  const agent = presentAgent(room, command.name);
  if (!agent) return reject(absent(command.name));
  return accept(...withdrawnAsks(room, agent), ...cancelledTurn(agent, actorName(command.by)));
}

/** Records a use. The end of a budget is a gate, unless one is open. Calls that were under way when an agent left count as well. */
export function decideUsage(room: Room, command: CommandOf<"turn.usage">, context: DecideContext): Decision {
  if (room.participants.get(command.agent)?.kind !== "agent") return reject(absent(command.agent));
  const { agent, model, usage } = command;
  const turnId = command.turnId ?? presentAgent(room, agent)?.turn?.turnId;
  const known = { ...(turnId !== undefined && { turnId }), ...(model !== undefined && { model }) };
  const recorded: RoomEvent = { type: "usage.recorded", agent, ...known, ...usage };
  const use = { agent, usage, nowMs: context.nowMs };
  const usedUp = budgetsUsedUp(room, use);
  const exceeded = usedUp.map((one): RoomEvent => ({ type: "budget.exceeded", ...one }));
  const warnings = budgetWarnings(room, use).map(
    (text): RoomEvent => ({ type: "notice.posted", text, about: agent, severity: "warning" }),
  );
  const [first] = usedUp;
  if (!first || room.guard.gateId !== undefined) return accept(recorded, ...warnings, ...exceeded);
  const whose = first.agent === undefined ? "the room's budget" : `the budget of ${first.agent}`;
  const reason = `${whose} of ${first.limit} is used up`;
  const gate = continueGate(agent, `budget-${room.version + 1}`, { reason, policy: room.policy, context });
  return accept(recorded, ...warnings, ...exceeded, gate);
}
