import { describe, expect, test } from "vitest";
import { createPatternWorker } from "../../../adapters/scripted/pattern-worker.js";
import { cpuMs } from "../../support/cpu-time.js";

const endless = "(a+)+b";
const text = "a".repeat(32_000);

describe("the thread that tries patterns", () => {
  test("returns the first matching pattern, with its groups", async () => {
    const worker = createPatternWorker();
    expect(await worker.firstMatch(["x", "B(.)(q)?", "b"], "abc")).toEqual({
      kind: "found",
      index: 1,
      groups: ["bc", "c", undefined],
      tooSlow: [],
    });
    expect(await worker.firstMatch(["x", "y"], "abc")).toEqual({ kind: "none", tooSlow: [] });
  });

  test("names the pattern that takes too long, and continues with the next", async () => {
    const worker = createPatternWorker({ patternMs: 20, requestMs: 5_000 });
    expect(await worker.firstMatch([endless, "^a"], text)).toMatchObject({ kind: "found", index: 1, tooSlow: [0] });
  });

  test("stops when the patterns together have used the time", async () => {
    const worker = createPatternWorker({ patternMs: 20, requestMs: 60 });
    const match = await worker.firstMatch(
      Array.from({ length: 200 }, (_, index) => `a*a*a*b${index}`),
      text,
    );
    expect(match.kind).toBe("spent");
    expect(match.tooSlow.length).toBeLessThan(5);
  });

  test("is ended when it does not answer in time, and the next request has another thread", async () => {
    // The thread itself is allowed a minute; the outer deadline ends it, one second after it has started.
    const worker = createPatternWorker({ patternMs: 60_000, requestMs: 60_000, killAfterMs: -59_000 });
    const [first, second] = [worker.firstMatch([endless], text), worker.firstMatch(["a"], "a")];
    expect(await first).toEqual({ kind: "spent", tooSlow: [] });
    expect(await second).toMatchObject({ kind: "found", index: 0 });
  });

  test("takes no processor time of this thread to speak of", async () => {
    const worker = createPatternWorker();
    await worker.firstMatch(["a"], "a");
    const patterns = Array.from({ length: 200 }, (_, index) => `a*a*a*b${index}`);
    let asked: Promise<unknown> | undefined;
    const tookMs = cpuMs(() => {
      asked = worker.firstMatch(patterns, text);
    });
    expect(tookMs).toBeLessThan(500);
    await asked;
  });
});
