import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Line } from "../../../adapters/claude-code/line.js";
import { createTurns, type Turns } from "../../../adapters/claude-code/turns.js";
import { createFinishedInputs } from "../../../adapters/kit/finished-inputs.js";
import type { AgentInput, Output } from "../../../src/ports/agents.js";
import { messageFor } from "../../contract/agent-listener.js";
import { createStubClock, type StubClock } from "../../support/stub-clock.js";

let clock: StubClock;
let turns: Turns;
let written: { uuid: string; text: string }[];
let ends: Output[];
let stops: number;
const finished = createFinishedInputs();

beforeEach(() => {
  clock = createStubClock();
  [written, ends, stops] = [[], [], 0];
  turns = createTurns({
    write: (prompt) => void written.push(prompt),
    stop: () => {
      stops += 1;
    },
    uuidOf: (ids) => ids.join("+"),
    emitEnd: (end) => void ends.push(end),
    finished: finished.of("session"),
    clock,
  });
});
afterEach(() => finished.forget("session"));

/** Lets the queued messages become a prompt. */
const flushed = () => new Promise<void>((resolve) => setImmediate(resolve));
const input = (id: string, kind?: AgentInput["class"]) => ({ ...messageFor(id, id, kind), text: `[${id}]` });
const state = (value: string) => turns.read({ type: "system", subtype: "session_state_changed", state: value } as Line);
const entered = (uuid: string) => turns.read({ type: "command_lifecycle", command_uuid: uuid, state: "started" });
const result = (more: Partial<Extract<Line, { type: "result" }>> = {}) =>
  turns.read({ type: "result", subtype: "success", is_error: false, ...more });
const begun = async (...ids: string[]) => {
  for (const id of ids) turns.take(input(id));
  await flushed();
  state("running");
};
const done = { kind: "turnEnded", outcome: "done" };

describe("a turn", () => {
  test("takes messages that come together as one prompt, interrupting ones first", async () => {
    turns.take(input("a"));
    await Promise.resolve();
    turns.take(input("b", "interrupt"));
    await begun();
    expect(written).toEqual([{ uuid: "b+a", text: "[b]\n[a]" }]);
  });

  test("ends once, when Claude Code rests and has taken everything, however many results there were", async () => {
    await begun("a");
    entered("a");
    result();
    turns.take(input("b", "interrupt"));
    state("idle");
    expect(ends).toEqual([]);
    state("running");
    entered("b");
    result();
    state("idle");
    state("idle");
    expect(ends).toEqual([done]);
  });

  test("takes later messages as its next prompt, and an interrupting message at once", async () => {
    await begun("a");
    entered("a");
    turns.take(input("b"));
    turns.take(input("c", "interrupt"));
    turns.take(input("d"));
    expect(written.map(({ uuid }) => uuid)).toEqual(["a", "c"]);
    entered("c");
    result();
    state("idle");
    expect(written.map(({ uuid }) => uuid)).toEqual(["a", "c", "b+d"]);
    expect(ends).toEqual([]);
  });

  test("with more messages than a prompt should hold has several prompts", async () => {
    const long = (id: string) => ({ ...input(id), text: `[${id}] ${"x".repeat(90_000)}` });
    for (const id of ["a", "b", "c"]) turns.take(long(id));
    await begun();
    expect(written.map(({ uuid }) => uuid)).toEqual(["a+b"]);
    entered("a+b");
    state("idle");
    expect(written.map(({ uuid }) => uuid)).toEqual(["a+b", "c"]);
    expect(ends).toEqual([]);
  });

  test("is not ended by an unprompted turn before or during it", async () => {
    state("running");
    result();
    state("idle");
    expect(ends).toEqual([]);
    state("running");
    await begun("a");
    state("idle");
    expect(ends).toEqual([]);
    entered("a");
    result();
    state("idle");
    expect(ends).toEqual([done]);
  });

  test("that Claude Code began by itself ends too, can be stopped, and takes messages", async () => {
    state("running");
    turns.working();
    result();
    state("idle");
    expect(ends).toEqual([done]);
    state("running");
    turns.working();
    turns.take(input("a", "interrupt"));
    expect(written.map(({ uuid }) => uuid)).toEqual(["a"]);
    turns.interrupt();
    state("idle");
    expect(stops).toBe(1);
    expect(ends).toEqual([done, { kind: "turnEnded", outcome: "cancelled" }]);
  });

  test("whose prompt is never taken fails instead of waiting for ever", async () => {
    await begun("a");
    state("idle");
    clock.advance(9_000);
    expect(ends).toEqual([]);
    clock.advance(2_000);
    expect(ends).toEqual([{ kind: "turnEnded", outcome: "failed", error: expect.stringContaining("did not take") }]);
  });

  test("ends with its result where Claude Code says nothing of its state", async () => {
    turns.take(input("a"));
    await flushed();
    entered("a");
    result();
    expect(ends).toEqual([done]);
  });

  test("is not failed by a prompt that an earlier one took late, where Claude Code says nothing of its state", async () => {
    turns.take(input("a"));
    await flushed();
    result();
    result();
    entered("a");
    result();
    turns.take(input("b"));
    await flushed();
    entered("b");
    clock.advance(11_000);
    expect(ends).toEqual([done]);
    result();
    expect(ends).toEqual([done, done]);
  });

  test("does not begin or end after it was abandoned", async () => {
    await begun("a");
    entered("a");
    turns.abandon();
    turns.working();
    turns.take(input("b"));
    await flushed();
    state("idle");
    await turns.idle();
    expect([turns.isBusy, ends, written.map(({ uuid }) => uuid)]).toEqual([false, [], ["a"]]);
  });

  test("fails with the first error's words, also when a later part of it worked", async () => {
    await begun("a");
    entered("a");
    turns.take(input("b"));
    result({ is_error: true, api_error_status: 403, result: "Not allowed" });
    state("idle");
    entered("b");
    result();
    state("idle");
    const error = expect.stringMatching(/answered 403: Not allowed\. .*The conversation is kept/);
    expect(ends).toEqual([{ kind: "turnEnded", outcome: "failed", error }]);
  });
});

describe("an input", () => {
  test("that was taken before is not handed on again; alone, it ends its turn", async () => {
    await begun("a");
    entered("a");
    turns.take(input("a"));
    result();
    state("idle");
    await begun("a");
    expect(ends).toEqual([done, done]);
    await begun("a", "b");
    expect(written.map(({ uuid }) => uuid)).toEqual(["a", "b"]);
  });

  test("that comes while a turn is being stopped begins the next one", async () => {
    await begun("a");
    entered("a");
    turns.take(input("dropped"));
    turns.interrupt();
    turns.take(input("b"));
    result({ is_error: true, subtype: "error_during_execution" });
    state("idle");
    await begun();
    expect(stops).toBe(1);
    expect(ends).toEqual([{ kind: "turnEnded", outcome: "cancelled" }]);
    expect(written.map(({ uuid }) => uuid)).toEqual(["a", "b"]);
  });

  test("that was not handed on yet is simply dropped by an interrupt", async () => {
    turns.take(input("a"));
    turns.interrupt();
    await begun();
    expect([written, stops, ends]).toEqual([[], 0, [{ kind: "turnEnded", outcome: "cancelled" }]]);
  });
});

describe("a turn whose provider does not answer", () => {
  const away = { is_error: true, api_error_status: 529, result: "API Error: 529 Overloaded" };
  const fail = async (uuid: string) => {
    entered(uuid);
    result(away);
    state("idle");
    await flushed();
  };

  test("goes on in the conversation when its messages are sent again, however often", async () => {
    await begun("a", "b");
    await fail("a+b");
    expect(ends).toEqual([
      expect.objectContaining({ outcome: "failed", outage: expect.stringMatching(/error \(529\)$/) }),
    ]);
    await begun("a", "b");
    await fail("a+b+again 1");
    await begun("a", "b");
    expect(written.map(({ uuid }) => uuid)).toEqual(["a+b", "a+b+again 1", "a+b+again 2"]);
    expect(written[1]?.text).toMatch(/^\[parley \| the model could not be asked/);
    entered("a+b+again 2");
    result();
    state("idle");
    await flushed();
    expect(ends.at(-1)).toEqual(done);
    await begun("a");
    expect(written).toHaveLength(3);
  });

  test("gives new messages their own words in the next turn", async () => {
    await begun("a");
    await fail("a");
    await begun("c");
    expect(written.at(-1)).toEqual({ uuid: "c", text: "[c]" });
  });

  test.each([
    ["the provider's own error", 500, "API Error: 500 Internal server error", "answers with an error (500)"],
    ["a provider that is overloaded", 529, "API Error: 529 Overloaded", "answers with an error (529)"],
    [
      "a provider that is away",
      502,
      "API Error: 502 Parley's model gateway: the model provider cannot be reached.",
      "cannot be reached",
    ],
    ["a provider that is closed for a while", 503, "API Error: 503 Service unavailable", "answers with an error (503)"],
    ["a bad request", 400, "API Error: 400 Invalid request", undefined],
    ["a wrong key", 403, "API Error: 403 Parley's model gateway: refused", undefined],
    ["a limit of the account", 429, "API Error: 429 Rate limit", undefined],
    ["a call that was taken and never answered", 504, "API Error: 504 Parley's model gateway: gave up", undefined],
  ])("names %s as an outage, or does not", async (_, status, text, clause) => {
    await begun("a");
    entered("a");
    result({ is_error: true, api_error_status: status, result: text });
    state("idle");
    await flushed();
    const outage = clause === undefined ? undefined : `The model's provider ${clause}`;
    expect(ends).toEqual([expect.objectContaining({ outcome: "failed", ...(outage !== undefined && { outage }) })]);
    expect("outage" in (ends[0] ?? {})).toBe(outage !== undefined);
    expect("mayBeOwn" in (ends[0] ?? {})).toBe(status === 500);
  });
});
