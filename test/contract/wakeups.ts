import { afterEach, describe, expect, test } from "vitest";
import type { Wakeups } from "../../src/ports/wakeups.js";
import { until } from "../support/until.js";

export interface OpenWakeups {
  wakeups: Wakeups;
  /** Lets this much time pass: a clock moved on, or really. */
  pass(ms: number): Promise<void>;
  /** Waits in real time, for adapters that need it; default: the time that was passed. */
  nowMs?(): number;
  close(): Promise<void>;
}

export interface WakeupsContract {
  name: string;
  open(): Promise<OpenWakeups>;
  /** A delay that is long against the scheduler's own pace, milliseconds. */
  longMs: number;
  /** Time within which a handler that failed once is run again, milliseconds. */
  retryWithinMs: number;
}

/** A run that a test lets end when it wants. */
interface Run {
  reader: string;
  end(): void;
  fail(): void;
}

function createRuns() {
  const runs: Run[] = [];
  let running = 0;
  const handler = (reader: string) =>
    new Promise<void>((resolve, reject) => {
      running += 1;
      const settle = (how: () => void) => () => {
        running -= 1;
        how();
      };
      runs.push({ reader, end: settle(resolve), fail: settle(() => reject(new Error("the handler failed"))) });
    });
  const readers = () => runs.map(({ reader }) => reader);
  const started = (count: number) => until(`${count} runs: ${readers()}`, () => runs.length >= count);
  return { handler, runs, readers, started, running: () => running };
}

/** The contract of `Wakeups`. */
export function describeWakeups(contract: WakeupsContract): void {
  const { longMs } = contract;

  describe(`wakeups: ${contract.name}`, () => {
    const opened: OpenWakeups[] = [];
    afterEach(async () => {
      for (const { close } of opened.splice(0)) await close();
    });

    /** With pool `agent` at work. */
    const open = async () => {
      const one = await contract.open();
      opened.push(one);
      const runs = createRuns();
      const stop = one.wakeups.work("agent", runs.handler);
      return { ...one, ...runs, stop };
    };

    /** Gives whatever should not happen the time to happen. */
    const nothingMore = async ({ pass }: OpenWakeups) => {
      for (let turn = 0; turn < 5; turn += 1) await pass(longMs / 50);
    };

    test("a wake runs the handler, once for all wakes before it starts", async () => {
      const one = await open();
      one.wakeups.wake("agent/r1/mia");
      one.wakeups.wake("agent/r1/mia");
      await one.started(1);
      one.runs[0]?.end();
      await nothingMore(one);
      expect(one.readers()).toEqual(["agent/r1/mia"]);
    });

    test("different readers run side by side, and no reader runs twice at a time", async () => {
      const one = await open();
      for (const name of ["a", "b", "c"]) one.wakeups.wake(`agent/r1/${name}`);
      await one.started(3);
      one.wakeups.wake("agent/r1/b");
      await nothingMore(one);
      expect(one.running()).toBe(3);
      expect(one.readers().sort()).toEqual(["agent/r1/a", "agent/r1/b", "agent/r1/c"]);
      for (const run of [...one.runs]) run.end();
      await one.started(4);
      expect(one.readers().at(-1)).toBe("agent/r1/b");
      one.runs[3]?.end();
    });

    test("any number of wakes during a run cause one more run", async () => {
      const one = await open();
      one.wakeups.wake("agent/r1/mia");
      await one.started(1);
      for (let wake = 0; wake < 20; wake += 1) one.wakeups.wake("agent/r1/mia");
      one.wakeups.wake("agent/r1/mia", { delayMs: 1 });
      await nothingMore(one);
      expect(one.runs).toHaveLength(1);
      one.runs[0]?.end();
      await one.started(2);
      one.runs[1]?.end();
      await nothingMore(one);
      expect(one.runs).toHaveLength(2);
    });

    test("a delayed wake during a run comes after its delay", async () => {
      const one = await open();
      one.wakeups.wake("agent/r1/mia");
      await one.started(1);
      one.wakeups.wake("agent/r1/mia", { delayMs: longMs });
      one.runs[0]?.end();
      await nothingMore(one);
      expect(one.runs).toHaveLength(1);
      await one.pass(longMs);
      await one.started(2);
      one.runs[1]?.end();
    });

    test("the earliest of several wakes counts: later ones neither delay it nor come again", async () => {
      const one = await open();
      one.wakeups.wake("agent/r1/mia", { delayMs: longMs });
      one.wakeups.wake("agent/r1/mia", { delayMs: 4 * longMs });
      await one.pass(longMs / 2);
      one.wakeups.wake("agent/r1/mia", { delayMs: longMs });
      expect(one.runs).toHaveLength(0);
      await one.pass(longMs / 2 + longMs / 10);
      await one.started(1);
      one.runs[0]?.end();
      await one.pass(4 * longMs);
      await nothingMore(one);
      expect(one.runs).toHaveLength(1);
    });

    test.each([
      ["at once", 0],
      ["a moment later", 0.1],
    ])("a much later wake that comes %s does not delay an earlier one", async (_, share) => {
      const one = await open();
      one.wakeups.wake("agent/r1/mia", { delayMs: longMs });
      if (share > 0) await one.pass(share * longMs);
      one.wakeups.wake("agent/r1/mia", { delayMs: 1_000 * longMs });
      await one.pass(longMs);
      await one.started(1);
      one.runs[0]?.end();
    });

    test("an earlier wake takes the place of a later one, and one for now of any", async () => {
      const one = await open();
      one.wakeups.wake("agent/r1/mia", { delayMs: 100 * longMs });
      one.wakeups.wake("agent/r1/mia", { delayMs: longMs });
      one.wakeups.wake("agent/r1/lead", { delayMs: 100 * longMs });
      one.wakeups.wake("agent/r1/lead");
      await one.started(1);
      expect(one.readers()).toEqual(["agent/r1/lead"]);
      await one.pass(longMs + longMs / 10);
      await one.started(2);
      for (const run of [...one.runs]) run.end();
    });

    test("pools do not wait for each other", async () => {
      const one = await open();
      const mirrors = createRuns();
      const stopMirrors = one.wakeups.work("mirror", mirrors.handler);
      for (let agent = 0; agent < 50; agent += 1) one.wakeups.wake(`agent/r1/a${agent}`);
      await one.started(1);
      one.wakeups.wake("mirror/m1");
      await mirrors.started(1);
      expect(mirrors.readers()).toEqual(["mirror/m1"]);
      mirrors.runs[0]?.end();
      await stopMirrors();
      await until("no agent waits", () => {
        for (const run of one.runs.splice(0)) run.end();
        return one.running() === 0;
      });
    });

    test("a handler that throws is run again, later each time, and a success starts over", async () => {
      const one = await open();
      one.wakeups.wake("agent/r1/mia");
      await one.started(1);
      const gaps: number[] = [];
      for (let failures = 1; failures <= 4; failures += 1) {
        one.runs[failures - 1]?.fail();
        gaps.push(await timeUntilRun(one, failures + 1));
      }
      // A busy machine may run it late, so that two next to each other are about equal; nothing runs it early.
      const [soonMs, apart] = one.nowMs ? [4 * contract.retryWithinMs, 2] : [1.2 * contract.retryWithinMs, 1];
      expect(gaps[0]).toBeLessThanOrEqual(soonMs);
      for (const [index, gap] of gaps.slice(apart).entries()) expect(gap).toBeGreaterThan(gaps[index] ?? 0);
      one.runs[4]?.end();
      await nothingMore(one);
      one.wakeups.wake("agent/r1/mia");
      await one.started(6);
      one.runs[5]?.fail();
      expect(await timeUntilRun(one, 7)).toBeLessThanOrEqual(soonMs);
      one.runs[6]?.end();
    });

    test("a handler that throws keeps no other reader from running", async () => {
      const one = await open();
      one.wakeups.wake("agent/r1/bad");
      await one.started(1);
      one.runs[0]?.fail();
      one.wakeups.wake("agent/r1/good");
      await until("the good one runs", () => one.readers().includes("agent/r1/good"));
      for (const run of one.runs.slice(1)) run.end();
    });

    test("stop waits for running runs and starts no others", async () => {
      const one = await open();
      one.wakeups.wake("agent/r1/mia");
      await one.started(1);
      one.wakeups.wake("agent/r1/mia");
      let isStopped = false;
      const stopping = one.stop().then(() => (isStopped = true));
      one.wakeups.wake("agent/r1/lead");
      await nothingMore(one);
      expect(isStopped).toBe(false);
      one.runs[0]?.end();
      await stopping;
      await nothingMore(one);
      expect(one.runs).toHaveLength(1);
    });

    test("keeps a wake until a process works on the reader", async () => {
      const one = await contract.open();
      opened.push(one);
      const runs = createRuns();
      one.wakeups.wake("timer/r1");
      await nothingMore(one);
      const stop = one.wakeups.work("timer", runs.handler);
      await runs.started(1);
      runs.runs[0]?.end();
      await stop();
    });

    test("many readers are all run", async () => {
      const one = await contract.open();
      opened.push(one);
      const seen = new Set<string>();
      const stop = one.wakeups.work("agent", async (reader) => void seen.add(reader));
      for (let agent = 0; agent < 1_000; agent += 1) one.wakeups.wake(`agent/r${agent}/mia`);
      await until("all were run", () => seen.size === 1_000);
      await stop();
    });

    test("a healthy scheduler says so", async () => {
      const { wakeups } = await open();
      expect(await wakeups.check()).toEqual({ ok: true });
    });

    /** Milliseconds that pass until there are `count` runs, looked at in steps of a tenth of the first retry. */
    async function timeUntilRun(one: Awaited<ReturnType<typeof open>>, count: number): Promise<number> {
      const stepMs = Math.max(1, contract.retryWithinMs / 10);
      const beganMs = one.nowMs?.() ?? 0;
      for (let passedMs = 0; passedMs < 1_000 * contract.retryWithinMs; passedMs += stepMs) {
        if (one.runs.length >= count) return one.nowMs ? one.nowMs() - beganMs : passedMs;
        await one.pass(stepMs);
      }
      throw new Error(`run ${count} did not come`);
    }
  });
}
