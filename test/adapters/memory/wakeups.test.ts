import { setImmediate as turn } from "node:timers/promises";
import { test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createMemoryWakeups } from "../../../adapters/memory/wakeups.js";
import { describeWakeups } from "../../contract/wakeups.js";
import { until } from "../../support/until.js";

describeWakeups({
  name: "memory",
  longMs: 1_000,
  retryWithinMs: 100,
  async open() {
    const clock = createManualClock(0);
    const pass = async (ms: number) => {
      clock.advance(ms);
      for (let turns = 0; turns < 3; turns += 1) await turn();
    };
    return { wakeups: createMemoryWakeups({ clock, log: createMemoryLogger() }), pass, close: async () => undefined };
  },
});

test("a chain of wakes leaves room for the rest of the process", async () => {
  const wakeups = createMemoryWakeups({ clock: createManualClock(0), log: createMemoryLogger() });
  let runs = 0;
  const stop = wakeups.work("agent", async (reader) => {
    runs += 1;
    wakeups.wake(reader);
  });
  wakeups.wake("agent/r1/mia");
  // Looked at from timers, which would never run beside a chain of microtasks.
  await until("it goes on", () => runs > 100);
  await stop();
});
