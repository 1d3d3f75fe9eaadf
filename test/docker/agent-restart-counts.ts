import type { LoggedEvent } from "../support/parley-client.js";
import { answerOf, ordersIn } from "./agent-load.js";

/** Counts of one restart of the engine while agents work. */
export interface AgentRestartCounts {
  ordered: number;
  turns: number;
  /** Orders without an answer, and turns that Parley gave up. */
  lost: number;
  saidTwice: number;
  /** Orders whose command ran more than once. */
  ranTwice: number;
  /** Turns that failed or timed out. */
  failedTurns: number;
  /** Turns that the engine cut off, whose messages were delivered again. */
  cutOff: number;
  /** Turns that were cut off and stand in no notice of the room. */
  unnamed: number;
  /** Later attempts whose agent was not told that they are. */
  untold: number;
  /** Turns that were counted as a death of the agent or a restart of the router. */
  retriesSpent: number;
  /** Notices that an outage began. */
  begun: number;
  /** Notices that it ended. */
  ended: number;
}

/** The observations of one restart. */
export interface AgentRestart {
  /** Orders given in it. */
  orders: readonly number[];
  /** Events of the room in it. */
  events: readonly LoggedEvent[];
  /** Every order that the agents wrote down when they carried it out, also earlier ones. */
  done: readonly number[];
  /** Prompts that the model was given in it. */
  prompts: readonly string[];
}

/** Counts what one restart shows. */
export function countRestart({ orders, events, done, prompts }: AgentRestart): AgentRestartCounts {
  const answers = events.map(answerOf).filter((order) => order !== undefined);
  const ends = events.filter(({ type }) => type === "turn.ended");
  const notices = events.filter(({ type }) => type === "notice.posted").map(({ text }) => String(text));
  const lost = ends.filter(({ outcome }) => outcome === "lost");
  const counts = {
    ordered: orders.length,
    turns: ends.filter(({ outcome }) => outcome === "done").length,
    lost: orders.filter((order) => !answers.includes(order)).length,
    saidTwice: answers.length - new Set(answers).size,
    ranTwice: orders.filter((order) => done.filter((one) => one === order).length > 1).length,
    failedTurns: ends.filter(({ outcome }) => outcome === "failed" || outcome === "timed-out").length,
    cutOff: lost.filter(({ outage }) => outage === true).length,
    unnamed: countUnnamed(events),
    untold: countUntold(events, prompts),
    retriesSpent: lost.filter(({ outage }) => outage !== true).length,
    begun: notices.filter((text) => /wait and are delivered|its messages wait/.test(text)).length,
    ended: notices.filter((text) => text.startsWith("Agents can be reached again")).length,
  };
  const givenUp = notices.filter((text) => text.includes("not delivered again")).length;
  return { ...counts, lost: counts.lost + givenUp };
}

/** Whether the counts keep what Parley promises of an engine with or without live restore. */
export function isKept(counts: AgentRestartCounts, { liveRestore }: { liveRestore: boolean }): boolean {
  const { lost, saidTwice, ranTwice, failedTurns, cutOff, unnamed, untold, retriesSpent } = counts;
  const isWhole = lost + saidTwice + failedTurns + unnamed + untold + retriesSpent === 0;
  return isWhole && (!liveRestore || ranTwice + cutOff === 0) && counts.begun === counts.ended;
}

function countUnnamed(events: readonly LoggedEvent[]): number {
  const isNamed = (agent: unknown, later: readonly LoggedEvent[]) =>
    later.some(({ text }) => namesIn(String(text ?? "")).includes(String(agent)));
  return events.filter(
    ({ type, outcome, outage, agent }, at) =>
      type === "turn.ended" && outcome === "lost" && outage === true && !isNamed(agent, events.slice(at)),
  ).length;
}

/** Agents that a notice names as those whose messages are delivered again. */
function namesIn(notice: string): string[] {
  return /cut off are delivered again: (.*)\.$/.exec(notice)?.[1]?.split(", ") ?? [];
}

function countUntold(events: readonly LoggedEvent[], prompts: readonly string[]): number {
  const orderOf = new Map(events.map(({ messageId, body }) => [messageId, /^order (\d+)$/.exec(String(body))?.[1]]));
  const isDone = (turnId: unknown) =>
    events.some((event) => event.type === "turn.ended" && event.turnId === turnId && event.outcome === "done");
  const again = events.filter(
    ({ type, attempt, turnId }) => type === "turn.started" && Number(attempt) > 1 && isDone(turnId),
  );
  return again.filter(({ attempt, messages }) => {
    const orders = (messages as string[]).flatMap((id) => orderOf.get(id) ?? []).map(Number);
    const isTold = (prompt: string) =>
      prompt.includes(`attempt ${attempt}: `) && ordersIn(prompt).some((order) => orders.includes(order));
    return !prompts.some(isTold);
  }).length;
}
