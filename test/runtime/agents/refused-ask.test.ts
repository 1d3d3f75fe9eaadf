import { beforeEach, expect, test } from "vitest";
import type { Decision } from "../../../src/core/room/decide/decision.js";
import type { Agent, AskDecision } from "../../../src/ports/agents.js";
import type { RunnerOptions } from "../../../src/runtime/agents/runner.js";
import type { RunnerParts } from "../../../src/runtime/agents/runner-parts.js";
import { newRunner, turnBegun, waitsForPerson } from "../../../src/runtime/agents/runner-state.js";
import type { AgentSession } from "../../../src/runtime/agents/session.js";
import { createTurnOutputs } from "../../../src/runtime/agents/turn-outputs.js";
import { deferred } from "../../support/deferred.js";

const ask = { kind: "ask", requestId: "r1", askKind: "tool", title: "Bash", input: { command: "ls" } } as const;
const refusal: Decision = {
  kind: "rejected",
  rejection: { code: "turn_not_open", detail: "this turn is over" },
} as unknown as Decision;

let answers: AskDecision[];
let opened: number;
let current: Agent | undefined;
let parts: RunnerParts;
let refuse: () => void;
let takeOutput: ReturnType<typeof createTurnOutputs>;

beforeEach(() => {
  [answers, opened] = [[], 0];
  current = { answer: async (_: string, decision: AskDecision) => void answers.push(decision) } as unknown as Agent;
  const decided = deferred();
  refuse = decided.resolve;
  const options = {
    roomId: "r",
    name: "coder",
    rooms: { peek: async () => false },
    journal: { record: async () => {} },
    activity: { publish: () => {} },
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    outage: { over: () => {} },
    conversation: { answered: () => {} },
    wake: () => {},
  } as unknown as RunnerOptions;
  const session = {
    get current() {
      return current;
    },
    open: async () => {
      opened += 1;
      return current;
    },
  } as unknown as AgentSession;
  const begun = turnBegun(newRunner(0), { turnId: "t1", origin: "started", shutdown: false }, 0);
  parts = { options, state: begun, session, submit: () => decided.promise.then(() => refusal) };
  takeOutput = createTurnOutputs(parts, { ends: { ended: async () => {} }, stream: "agent/r/coder" });
});

test("a request that the room refuses is denied with the room's reason, and no longer waits", async () => {
  const taken = takeOutput(ask);
  refuse();
  await taken;
  expect(answers).toEqual([{ kind: "deny", message: "this turn is over" }]);
  expect(waitsForPerson(parts.state)).toBe(false);
});

test("a request that is refused after its session was let go opens no other session for the answer", async () => {
  const taken = takeOutput(ask);
  current = undefined;
  refuse();
  await taken;
  expect([answers, opened]).toEqual([[], 0]);
});
