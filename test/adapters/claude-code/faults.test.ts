import { afterAll, expect, test, vi } from "vitest";
import type { Fault } from "../../emulators/anthropic/script.js";
import { eventually } from "../../support/parley-client.js";
import { needsClaudeCode } from "../../support/require.js";
import { commands } from "./support/obedient-model.js";
import { createRigs } from "./support/opened.js";

// They mostly wait for the next try.
vi.setConfig({ maxConcurrency: 3 });

const rigs = createRigs();
afterAll(() => rigs.stop());

/** The gateway cuts a stream that stalls for this long; the product waits 90 times as long. */
const idleTimeoutMs = 1_000;
/** Longest wait for an answer; several agents work at a time. */
const patienceMs = 60_000;

interface Faulty {
  fault: Fault;
  /** Calls that fail. */
  times: number;
}

async function turnWith({ fault, times }: Faulty) {
  const rig = await rigs.make({ idleTimeoutMs });
  const opened = await rigs.open(rig);
  let isOn = true;
  rig.emulator.inject({ fault, times, when: () => isOn });
  await opened.tell(commands.say("the whole answer"));
  await eventually(
    async () => opened.listener.all("turnEnded").length,
    (count) => count === 1,
    patienceMs,
  );
  const [ended] = opened.listener.all("turnEnded");
  const calls = rig.emulator.requests.messages().length;
  const notices = opened.listener.all("notice").map(({ text }) => text);
  return {
    ...opened,
    ended,
    calls,
    notices,
    /** The fault is over. */
    async goesOn() {
      isOn = false;
      await opened.tell(commands.say("on we go"));
      await opened.listener.says("on we go");
      expect(opened.listener.all("turnEnded").at(-1)?.kind).toBe("turnEnded");
    },
  };
}

const forever = 1_000;

needsClaudeCode()("a call of the model that fails", () => {
  test.concurrent.each<[string, Faulty, RegExp]>([
    ["a bad request", { fault: { kind: "status", status: 400 }, times: forever }, /400/],
    ["an account without credit", { fault: { kind: "status", status: 402 }, times: forever }, /402.*credit/],
    ["a key that may not", { fault: { kind: "status", status: 403 }, times: forever }, /403/],
    ["a model that does not exist", { fault: { kind: "status", status: 404 }, times: forever }, /404.*model/],
    ["a key that is wrong", { fault: { kind: "status", status: 401 }, times: forever }, /refused Parley.s own key/],
    ["a limit that stays reached", { fault: { kind: "status", status: 429 }, times: forever }, /429/],
    ["an API that stays overloaded", { fault: { kind: "status", status: 529 }, times: forever }, /529/],
    ["an API that stays broken", { fault: { kind: "status", status: 500 }, times: forever }, /500/],
    ["a line that is always cut", { fault: { kind: "cut", at: "mid" }, times: forever }, /\S/],
    ["an API that always falls silent", { fault: { kind: "stall" }, times: forever }, /\S/],
  ])(
    "for good, with %s, fails the turn with what happened; the next one works",
    async (_, faulty, words) => {
      const { ended, listener, goesOn } = await turnWith(faulty);
      expect(ended).toMatchObject({ outcome: "failed", error: expect.stringMatching(words) });
      expect(ended?.error).toContain("conversation is kept");
      expect(ended?.error).not.toMatch(/sk-ant|agt-/);
      expect(listener.texts()).toEqual([]);
      await goesOn();
    },
    120_000,
  );

  test.concurrent.each<[string, Faulty, string | undefined]>([
    ["a limit", { fault: { kind: "status", status: 429, retryAfterS: 1 }, times: 2 }, "answered 429 (rate limit)"],
    ["an overload", { fault: { kind: "status", status: 529 }, times: 2 }, "answered 529 (overloaded)"],
    ["a cut before the first byte", { fault: { kind: "cut", at: "start" }, times: 1 }, undefined],
    ["a cut in the middle", { fault: { kind: "cut", at: "mid" }, times: 1 }, undefined],
    ["a reset", { fault: { kind: "cut", at: "reset" }, times: 1 }, undefined],
    ["an error in the stream", { fault: { kind: "sse-error", error: "overloaded_error" }, times: 1 }, undefined],
    ["a silence", { fault: { kind: "stall" }, times: 1 }, undefined],
  ])(
    "for a moment, with %s, is tried again: the text is said once",
    async (_, faulty, words) => {
      const { ended, listener, calls, notices } = await turnWith(faulty);
      expect(ended).toEqual({ kind: "turnEnded", outcome: "done" });
      expect(listener.texts()).toEqual(["the whole answer"]);
      expect(calls).toBeGreaterThan(1);
      if (words !== undefined) expect(notices).toContainEqual(expect.stringContaining(words));
    },
    120_000,
  );
});
