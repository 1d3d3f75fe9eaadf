import { expect, test } from "vitest";
import { settle } from "../../../adapters/kit/settle.js";
import { createManualClock } from "../../../adapters/memory/clock.js";

const timeoutMs = 1_000;

test("returns the value of a promise that settles in time, and cancels the timeout", async () => {
  const clock = createManualClock(0);
  expect(await settle(clock, Promise.resolve("yes"), timeoutMs)).toEqual({ kind: "done", value: "yes" });
  expect(clock.untilNext()).toBeUndefined();
});

test("returns the error of a promise that rejects in time, and does not reject", async () => {
  const error = new Error("refused");
  const settled = await settle(createManualClock(0), Promise.reject(error), timeoutMs);
  expect(settled).toEqual({ kind: "failed", error });
});

test("says that a promise is late, and ignores its later rejection", async () => {
  const clock = createManualClock(0);
  let reject = (_error: Error) => {};
  const waiting = settle(clock, new Promise<never>((_, fail) => (reject = fail)), timeoutMs);
  clock.advance(timeoutMs);
  expect(await waiting).toEqual({ kind: "late" });
  reject(new Error("too late"));
});
