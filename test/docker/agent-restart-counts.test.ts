import { expect, test } from "vitest";
import { frameMessage, frameNotice } from "../../src/core/grammar/frame.js";
import { sha256 } from "../support/sha256.js";
import { type AgentRestart, countRestart, isKept } from "./agent-restart-counts.js";

type Event = Partial<AgentRestart["events"][number]>;
const [version, index, at] = [1, 0, 0];
const event = (fields: Event): AgentRestart["events"][number] => ({ version, index, at, type: "", ...fields });
const order = (number: number) =>
  event({ type: "message.posted", messageId: `m${number}`, from: "mia", body: `order ${number}` });
const answer = (number: number) => event({ type: "message.posted", from: "worker-1", body: `did ${number}` });
const started = (turnId: string, attempt: number, ...messages: string[]) =>
  event({ type: "turn.started", agent: "worker-1", turnId, attempt, messages });
const ended = (turnId: string, outcome: string, more: Event = {}) =>
  event({ type: "turn.ended", agent: "worker-1", turnId, outcome, ...more });
const notice = (text: string) => event({ type: "notice.posted", text });

const began = notice("Docker does not answer. Messages to agents wait and are delivered when it works again.");
const over = (names: string) =>
  notice(
    `Agents can be reached again after 9 s; what waited is delivered. The messages of turns that were cut off are delivered again: ${names}.`,
  );
const promptOf = (attempt: number, number: number) =>
  [
    frameNotice(`attempt ${attempt}: an earlier turn over these messages was cut off; it had posted nothing`),
    frameMessage({
      ...{ from: "mia", fromKind: "human", to: ["worker-1"], self: "worker-1", sha256 },
      ...{ body: `order ${number}`, messageId: `m${number}` },
    }),
  ].join("\n");

const cutOff: AgentRestart = {
  orders: [1],
  events: [
    order(1),
    started("t1", 1, "m1"),
    began,
    ended("t1", "lost", { outage: true }),
    started("t2", 2, "m1"),
    over("worker-1"),
    answer(1),
    ended("t2", "done"),
  ],
  done: [1],
  prompts: [promptOf(2, 1)],
};

test("finds nothing wrong where a turn was cut off, named, delivered again and answered", () => {
  const counts = countRestart(cutOff);
  expect(counts).toMatchObject({ ordered: 1, cutOff: 1, begun: 1, ended: 1 });
  expect(isKept(counts, { liveRestore: false })).toBe(true);
  expect(isKept(counts, { liveRestore: true })).toBe(false);
});

test.each<[string, Partial<AgentRestart>, object]>([
  ["an order without an answer", { orders: [1, 2] }, { lost: 1 }],
  ["an order that is answered twice", { events: [...cutOff.events, answer(1)] }, { saidTwice: 1 }],
  ["a turn that failed", { events: [...cutOff.events, ended("t3", "failed")] }, { failedTurns: 1 }],
  ["a spent retry", { events: [...cutOff.events, ended("t3", "lost", { lostBy: "sandbox" })] }, { retriesSpent: 1 }],
  ["a cut-off turn of an agent that no notice names", { events: cutOff.events.map(renamed) }, { unnamed: 1 }],
  ["a later attempt that the agent was not told of", { prompts: [promptOf(1, 1)] }, { untold: 1 }],
  ["an outage that is said to begin twice", { events: [...cutOff.events, began] }, { begun: 2, ended: 1 }],
])("finds %s", (_, change, found) => {
  const counts = countRestart({ ...cutOff, ...change });
  expect(counts).toMatchObject(found);
  expect(isKept(counts, { liveRestore: false })).toBe(false);
});

test("counts an order once that was carried out more than once", () => {
  const counts = countRestart({ ...cutOff, done: [1, 1, 1, 7, 7] });
  expect(counts.ranTwice).toBe(1);
  expect(isKept(counts, { liveRestore: false })).toBe(true);
});

/** The same event with another agent in the text of the notice at the end. */
function renamed(one: AgentRestart["events"][number]): AgentRestart["events"][number] {
  return one.text === over("worker-1").text ? over("worker-10") : one;
}
