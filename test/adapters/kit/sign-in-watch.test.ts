import { expect, test } from "vitest";
import { createDoubtedCalls } from "../../../adapters/kit/doubted-calls.js";
import type { SignIn } from "../../../adapters/kit/sign-in-state.js";
import { createSignInWatch } from "../../../adapters/kit/sign-in-watch.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { ChatError } from "../../../src/ports/chat-error.js";
import { createStubClock } from "../../support/stub-clock.js";

const good: SignIn = { problem: undefined };
const wrong = new Error("The token is wrong.");

/** A platform whose answer the test sets, or gives when it wants where `answer` is undefined. */
function makeWatch() {
  const clock = createStubClock();
  const logger = createMemoryLogger();
  const given = { answer: good as SignIn | Error | undefined, asked: 0, better: 0 };
  const open: ((answer: SignIn) => void)[] = [];
  const watch = createSignInWatch({
    platform: "Slack",
    async ask() {
      given.asked += 1;
      if (given.answer === undefined) return new Promise((resolve) => open.push(resolve));
      if (given.answer instanceof Error) throw given.answer;
      return given.answer;
    },
    explain: (error) => (error as Error).message,
    onBetter: () => {
      given.better += 1;
    },
    clock,
    logger,
  });
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settled();
  };
  return { watch, given, open, clock, logger, pass, settled };
}

test("a good token is reported at once and checked every 30 s", async () => {
  const { watch, given, pass } = makeWatch();
  expect(watch.problem()).toBe("Slack was not reached yet.");
  await watch.start();
  expect([watch.isGood(), watch.problem(), given.better]).toEqual([true, undefined, 1]);
  await pass(29_999);
  expect(given.asked).toBe(1);
  await pass(1);
  expect([given.asked, given.better]).toEqual([2, 1]);
});

test("a bad token is checked after half a second, then a second, and reported once it is good", async () => {
  const { watch, given, pass, logger } = makeWatch();
  given.answer = wrong;
  await watch.start();
  expect([watch.isGood(), watch.problem()]).toEqual([false, "The token is wrong."]);
  await pass(500);
  await pass(999);
  expect(given.asked).toBe(2);
  given.answer = good;
  await pass(1);
  expect([given.asked, given.better, watch.problem()]).toEqual([3, 1, undefined]);
  const words = logger.records.map(({ message }) => message);
  expect(words).toEqual(["Slack: something is not right", "Slack: signed in"]);
});

test("many doubts cause one look, two seconds after the last", async () => {
  const { watch, given, pass } = makeWatch();
  await watch.start();
  for (let doubts = 0; doubts < 5; doubts++) watch.doubt();
  await pass(1_999);
  expect(given.asked).toBe(1);
  await pass(1);
  expect(given.asked).toBe(2);
});

test("nothing is asked after a stop, nor because of a doubt then", async () => {
  const { watch, given, pass, clock } = makeWatch();
  await watch.start();
  watch.stop();
  watch.doubt();
  await pass(100_000);
  expect([given.asked, clock.pending()]).toEqual([1, 0]);
});

test("the answer to a look from before a restart is ignored", async () => {
  const { watch, given, open, settled, clock } = makeWatch();
  given.answer = undefined;
  void watch.start();
  watch.stop();
  void watch.start();
  open[0]?.(good);
  await settled();
  expect([watch.isGood(), given.better, clock.pending()]).toEqual([false, 0, 0]);
  open[1]?.(good);
  await settled();
  expect([watch.isGood(), given.better, clock.pending()]).toEqual([true, 1, 1]);
});

test("a call that fails with one of the codes throws doubt on the token, and fails as it did", async () => {
  let doubts = 0;
  const watched = createDoubtedCalls({ doubt: () => void doubts++ }, ["unauthorized"]);
  const unauthorized = new ChatError("no", { code: "unauthorized" });
  await expect(watched(() => Promise.reject(unauthorized))).rejects.toBe(unauthorized);
  expect(doubts).toBe(1);
  await expect(watched(() => Promise.reject(new ChatError("no", { code: "refused" })))).rejects.toThrow("no");
  await expect(watched(() => Promise.reject(wrong))).rejects.toBe(wrong);
  expect([await watched(() => Promise.resolve(7)), doubts]).toEqual([7, 1]);
});
