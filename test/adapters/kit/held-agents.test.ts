import { expect, test } from "vitest";
import {
  agentOpened,
  type HeldAgents,
  heldAgent,
  noAgents,
  processBegun,
  processGone,
  processNamed,
} from "../../../adapters/kit/held-agents.js";
import type { Agent } from "../../../src/ports/agents.js";

type Step = (state: HeldAgents) => HeldAgents;

const agent = (name: string) => ({ name }) as unknown as Agent;
const begun =
  (processNonce: string, id = "coder"): Step =>
  (state) =>
    processBegun(state, { id, processNonce });
const opened =
  (processNonce: string, id = "coder"): Step =>
  (state) =>
    agentOpened(state, { id, processNonce }, agent(processNonce));
const gone =
  (processNonce: string, id = "coder"): Step =>
  (state) =>
    processGone(state, { id, processNonce });

const play = (steps: readonly Step[]) => steps.reduce((state, step) => step(state), noAgents);

test.each<[string, Step[], object | undefined]>([
  ["is there when Claude Code has answered", [begun("p1"), opened("p1")], agent("p1")],
  ["is not there before", [begun("p1")], undefined],
  ["is not there without a process", [opened("p1")], undefined],
  ["is not there once its process is gone", [begun("p1"), opened("p1"), gone("p1")], undefined],
  [
    "is not there where its process ended before the agent was used",
    [begun("p1"), gone("p1"), opened("p1")],
    undefined,
  ],
  ["is that of the latest process", [begun("p1"), opened("p1"), gone("p1"), begun("p2"), opened("p2")], agent("p2")],
  [
    "stays when an earlier process tells late of its end",
    [begun("p1"), begun("p2"), opened("p2"), gone("p1")],
    agent("p2"),
  ],
  ["stays when an earlier process answers late", [begun("p1"), begun("p2"), opened("p2"), opened("p1")], agent("p2")],
  ["stays when another agent's process is gone", [begun("p1"), opened("p1"), gone("p1", "other")], agent("p1")],
])("an agent %s", (_, steps, expected) => {
  expect(heldAgent(play(steps), "coder")).toEqual(expected);
});

test("no two processes have one name, also those that a router started in the same millisecond", () => {
  const first = processNamed(noAgents, 5);
  const second = processNamed(first.state, 5);
  expect([first.processNonce, second.processNonce]).toEqual(["5-0", "5-1"]);
});
