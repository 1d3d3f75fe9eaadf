import { isExternal } from "../../values/external-runtime.js";
import type { LoseTurn } from "../command.js";
import type { EventOf } from "../event.js";
import { LIMITS } from "../limits.js";
import type { OpenTurn } from "../open-turn.js";
import { type AgentMember, presentAgent, type Room } from "../room.js";
import { judgeConversation } from "./conversations.js";
import { dropDeliveries, type TimedPlace } from "./messages.js";
import { noteCutOff } from "./outages.js";
import { rememberFailed } from "./retries.js";

/** Moves the turn’s messages from the mailbox into the open turn. */
export function evolveTurnStarted(room: Room, event: EventOf<"turn.started">, place: TimedPlace): void {
  const agent = presentAgent(room, event.agent);
  if (!agent) return;
  if (agent.turn) dropDeliveries(room, agent.turn.taken);
  const turn: OpenTurn = {
    turnId: event.turnId,
    version: place.version,
    startedAtMs: place.at,
    node: event.node,
    boot: event.boot,
    attempt: event.attempt,
    opening: event.opening === true,
    taken: [],
    hop: 0,
    posted: agent.retry?.posted ?? [],
    postedBefore: agent.retry?.posted.length ?? 0,
    asks: [],
    askedBefore: agent.retry?.asks ?? [],
  };
  if (agent.retry?.reached) turn.reached = agent.retry.reached;
  if (agent.retry?.lostTurns) turn.lostTurns = agent.retry.lostTurns;
  agent.turn = turn;
  agent.turns += 1;
  if (!isExternal(agent)) agent.home ??= event.node;
  agent.opening = false;
  if (agent.retry) Object.assign(agent.retry, { posted: [], asks: [] });
  take(room, { agent, turn, messageIds: event.messages });
}

/** Adds a message to the open turn. */
export function evolveTurnSteered(room: Room, event: EventOf<"turn.steered">): void {
  const agent = presentAgent(room, event.agent);
  if (agent?.turn?.turnId === event.turnId) take(room, { agent, turn: agent.turn, messageIds: event.messages });
}

/** Moves messages from the agent's mailbox into its turn. Usually they are the first ones, in order. */
function take(
  room: Room,
  { agent, turn, messageIds }: { agent: AgentMember; turn: OpenTurn; messageIds: readonly string[] },
): void {
  const wanted = new Set(messageIds);
  agent.waiting = agent.waiting.filter((seq) => {
    const message = room.waiting.get(seq);
    if (!message || !wanted.has(message.messageId)) return true;
    turn.taken.push(seq);
    message.taken = true;
    turn.hop = Math.max(turn.hop, message.hop);
    return false;
  });
}

/** Closes the turn; the messages of a lost one wait again. */
export function evolveTurnEnded(room: Room, event: EventOf<"turn.ended">, place: TimedPlace): void {
  const participant = room.participants.get(event.agent);
  if (participant?.kind !== "agent" || participant.turn?.turnId !== event.turnId) return;
  const { turn } = participant;
  delete participant.turn;
  if (event.outage) noteCutOff(room, { node: turn.node, agent: event.agent });
  if (event.outcome === "lost")
    returnToMailbox(participant, turn, event.outage ? "outage" : (event.lostBy ?? "router"));
  else {
    if (event.outcome === "failed" || event.outcome === "timed-out")
      rememberFailed(room, { agent: participant, turn, endedVersion: place.version });
    judgeConversation(participant, event);
    dropDeliveries(room, turn.taken);
    goOn(participant, turn);
  }
}

/** Lost messages are redelivered in smaller batches. Keep the record of posts while some of them still wait. */
function goOn(agent: AgentMember, { attempt, posted, lostTurns }: OpenTurn): void {
  if (!agent.retry) return;
  const { upTo } = agent.retry;
  const before = lostTurns ? { lostTurns } : {};
  if (agent.waiting.some((seq) => seq <= upTo))
    agent.retry = { deaths: 0, restarts: 0, attempt, opening: false, upTo, posted, ...before, asks: [] };
  else delete agent.retry;
}

function returnToMailbox(agent: AgentMember, turn: OpenTurn, lostBy: LoseTurn["lostBy"]): void {
  agent.waiting = [...turn.taken, ...agent.waiting].sort((a, b) => a - b);
  agent.retry = {
    deaths: (agent.retry?.deaths ?? 0) + (lostBy === "sandbox" ? 1 : 0),
    restarts: (agent.retry?.restarts ?? 0) + (lostBy === "router" ? 1 : 0),
    attempt: turn.attempt,
    opening: turn.opening,
    upTo: Math.max(agent.retry?.upTo ?? 0, ...turn.taken),
    posted: turn.posted,
    ...(turn.reached && { reached: turn.reached }),
    lostTurns: [...(turn.lostTurns ?? []), turn.turnId].slice(-LIMITS.maxLostTurns),
    asks: [...turn.askedBefore, ...turn.asks.filter(({ resolved, answered }) => !resolved || answered)],
  };
}
