import type { OpenOutage } from "../../core/room/open-outage.js";
import type { Output } from "../../ports/agents.js";
import { PortError } from "../../ports/port-error.js";

const firstRetryMs = 1_000;
const maxRetryMs = 30_000;

/**
 * Classifies an error of an agent or its sandbox. `refused`: this agent cannot run as configured. `death`: its sandbox ended, or the cause is
 * unknown. `outage`: something outside the agent failed (engine unreachable, status 5xx, timeout), which says nothing about the agent.
 */
export function failureKindOf(error: unknown): "refused" | "death" | "outage" {
  if (!(error instanceof PortError) || error.code === "died") return "death";
  if (error.retryable) return "outage";
  return error.code === "refused" ? "refused" : "death";
}

/** Consecutive failures with an external cause, and the monotonic time of the next attempt. */
export interface OutageState {
  failures: number;
  retryAtMs: number;
  /** The model's provider does not answer: that the agent can be reached does not end the outage, only an answer does. */
  awaitsAnswer?: true;
}

/** The engine answers. */
export const noOutage: OutageState = { failures: 0, retryAtMs: 0 };

/** Exponential back-off: 1 s after the first failure, doubling up to 30 s. */
export function afterFailure(before: OutageState, nowMs: number, how: { awaitsAnswer?: boolean } = {}): OutageState {
  const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(before.failures, 10));
  const awaitsAnswer = before.awaitsAnswer || how.awaitsAnswer;
  return { failures: before.failures + 1, retryAtMs: nowMs + delayMs, ...(awaitsAnswer && { awaitsAnswer }) };
}

/** True if this output comes from the model. Others, such as the end of a tool or a notice, an agent puts out without its provider. */
export function isModelAnswer(output: Output): boolean {
  switch (output.kind) {
    case "block":
    case "delta":
    case "ask":
    case "thinking":
    case "plan":
    case "compaction":
      return true;
    case "tool":
      return output.phase === "started";
    case "turnEnded":
      return output.outage === undefined;
    default:
      return false;
  }
}

/** An outage as one room sees it: the agents it keeps from working, and those whose turns it cut off. */
export interface RoomOutage {
  /** Unix ms. */
  sinceMs: number;
  /** The latest cause, as a clause for people. */
  why: string;
  away: ReadonlySet<string>;
  cutOff: ReadonlySet<string>;
  /** The model's provider is among the causes: health does not show its end, only an answer does. */
  awaitsAnswer: boolean;
}

type OutageCause = Pick<RoomOutage, "why" | "awaitsAnswer">;

/** True if nobody waits for the end of the outage, and the health of the runtimes shows whether it is there. */
export function endsWithHealth({ away, awaitsAnswer }: RoomOutage): boolean {
  return away.size === 0 && !awaitsAnswer;
}

/** The outage with one more agent; without an outage, one begins at `nowMs`. */
export function withAgent(
  outage: RoomOutage | undefined,
  { name, nowMs, isCutOff, ...cause }: { name: string; nowMs: number; isCutOff: boolean } & OutageCause,
): RoomOutage {
  const { sinceMs, away, cutOff } = outage ?? { sinceMs: nowMs, away: [], cutOff: [] };
  return {
    sinceMs,
    why: cause.why,
    awaitsAnswer: cause.awaitsAnswer || outage?.awaitsAnswer === true,
    away: new Set([...away, name]),
    cutOff: new Set([...cutOff, ...(isCutOff ? [name] : [])]),
  };
}

/** The outages that an earlier process of this node told the room of, as one; undefined without any. */
export function outageToldBefore(outages: readonly (readonly [node: string, OpenOutage])[]): RoomOutage | undefined {
  const told = outages.map(([, outage]) => outage);
  const [first] = told;
  if (!first) return undefined;
  return {
    sinceMs: Math.min(...told.map(({ sinceMs }) => sinceMs)),
    why: first.why,
    away: new Set(),
    cutOff: new Set(told.flatMap(({ cutOff }) => cutOff)),
    awaitsAnswer: told.some(({ awaitsAnswer }) => awaitsAnswer),
  };
}

/** The outage without an agent that works again or is not wanted any more. */
export function withoutAgent(outage: RoomOutage, name: string): RoomOutage {
  return { ...outage, away: new Set([...outage.away].filter((other) => other !== name)) };
}

/** Text about all outages of a node for its operator; undefined without one. */
export function outagesText(outages: Iterable<RoomOutage>): string | undefined {
  const open = [...outages].filter(({ away }) => away.size > 0);
  const agents = open.reduce((sum, { away }) => sum + away.size, 0);
  if (agents === 0) return undefined;
  const why = [...new Set(open.map(({ why }) => why))].join("; ");
  return `messages of ${agents} ${agents === 1 ? "agent wait" : "agents wait"} in ${open.length} ${open.length === 1 ? "room" : "rooms"}: ${why}`;
}

/** The cause of an outage as one clause. */
export function causeOfOutage(error: unknown): string {
  if (error instanceof PortError && error.outage !== undefined) return error.outage;
  return error instanceof Error ? error.message : String(error);
}

/** Text for the room when an outage begins. */
export function beginText(name: string, error: unknown): string {
  if (error instanceof PortError && error.outage !== undefined)
    return `${error.outage}. Messages to agents wait and are delivered when it works again.`;
  const why = error instanceof Error ? error.message : String(error);
  return `${name} cannot be reached; its messages wait. ${why}`;
}
