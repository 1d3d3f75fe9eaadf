import { parseFrames } from "../../src/core/grammar/frame.js";
import type { Script } from "../emulators/anthropic/script.js";
import type { LoggedEvent } from "../support/parley-client.js";

/** The model takes so long for each of its two answers, so that an agent is nearly always in a turn. */
const thinkMs = 1_500;
/** Orders that an agent may have without an answer. */
const maxOpenOrders = 2;

/** A role whose agents run their commands without asking. */
export const workerRole = `---
name: worker
description: Carries out orders.
tools:
  allow: [Read, Bash]
  autoAllow: [Read, Bash]
---
You carry out orders, each one once.
`;

/** The file in which an agent writes down each order that it carries out. */
export const doneFile = "/work/done";

/** Numbers of the orders in a prompt. */
export function ordersIn(prompt: string): number[] {
  return parseFrames(prompt)
    .flatMap(({ body }) => /^order (\d+)$/.exec(body.trim())?.[1] ?? [])
    .map(Number);
}

/** Carries out all orders of the prompt with one command, and then reports each of them. */
export const workerScript: Script = ({ prompt, step, body }) => {
  const before = body.messages.map(({ content }) => ordersIn(textOf(content)));
  const asked = ordersIn(prompt);
  // The prompt that goes on with a turn holds no order.
  const orders = asked.length > 0 ? asked : (before.findLast((numbers) => numbers.length > 0) ?? []);
  const reports = orders.map((order) => `@mia did ${order}`);
  if (step > 0 || orders.length === 0) return { delayMs: thinkMs, text: reports.join("\n") || "@mia nothing to do" };
  const notes = orders.map((order) => `echo ${order} >> ${doneFile}`);
  return {
    delayMs: thinkMs,
    tools: [{ tool: "Bash", input: { command: [...notes, "sleep 0.3", "echo ok"].join("; ") } }],
  };
};

function textOf(content: string | readonly object[] = []): string {
  if (typeof content === "string") return content;
  return content.map((block) => ("text" in block ? String(block.text) : "")).join("\n");
}

/** Orders that agents were given, and the log of their room. */
export interface OrderBook {
  /** Every order that was given. */
  readonly orders: readonly number[];
  readonly events: readonly LoggedEvent[];
  /** Reads one more event of the room. */
  read(event: LoggedEvent): void;
  /** The next order for this agent; undefined while it has enough to do. */
  next(agent: string): number | undefined;
  /** Orders that the agent has not answered. */
  unanswered(agent: string): number[];
  /** The agent has an open turn. */
  isInTurn(agent: string): boolean;
  /** Number of the agent's turns that ended as done. */
  finished(agent: string): number;
}

/** A book without orders. */
export function newOrderBook(): OrderBook {
  const agentOf = new Map<number, string>();
  const answered = new Set<number>();
  const turns = new Map<string, { isOpen: boolean; done: number }>();
  const events: LoggedEvent[] = [];
  const orders: number[] = [];
  const unanswered = (agent: string) => orders.filter((order) => agentOf.get(order) === agent && !answered.has(order));

  function read(event: LoggedEvent): void {
    events.push(event);
    const order = answerOf(event);
    if (order !== undefined) answered.add(order);
    if (event.type !== "turn.started" && event.type !== "turn.ended") return;
    const agent = String(event.agent);
    const done = (turns.get(agent)?.done ?? 0) + (event.outcome === "done" ? 1 : 0);
    turns.set(agent, { isOpen: event.type === "turn.started", done });
  }

  function next(agent: string): number | undefined {
    if (unanswered(agent).length >= maxOpenOrders) return undefined;
    const order = orders.length + 1;
    orders.push(order);
    agentOf.set(order, agent);
    return order;
  }

  return {
    orders,
    events,
    read,
    next,
    unanswered,
    isInTurn: (agent) => turns.get(agent)?.isOpen === true,
    finished: (agent) => turns.get(agent)?.done ?? 0,
  };
}

/** Number of the order that a message reports as done. */
export function answerOf({ type, body }: LoggedEvent): number | undefined {
  const number = type === "message.posted" ? /^did (\d+)$/.exec(String(body).trim())?.[1] : undefined;
  return number === undefined ? undefined : Number(number);
}
