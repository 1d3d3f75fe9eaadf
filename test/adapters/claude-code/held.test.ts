import { expect, test } from "vitest";
import { spawnInSandbox } from "../../../adapters/claude-code/claude-process.js";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemorySandboxes } from "../../../adapters/memory/sandboxes.js";

test("a process that is kept frozen from outside says so as it says a lost connection, and that it goes on", async () => {
  const clock = createManualClock(1_000);
  const main = ({ signal }: { signal: AbortSignal }) =>
    new Promise<number>((resolve) => signal.addEventListener("abort", () => resolve(0)));
  const sandboxes = createMemorySandboxes({ main, clock });
  const limits = { memoryMb: 64, cpus: 1, pids: 32 };
  const start = () => sandboxes.start({ id: "mia", labels: {}, command: ["claude"], env: {}, limits });
  const process = spawnInSandbox({ start, secrets: [], clock });
  await process.started;
  const heard: (string | undefined)[] = [];
  process.watchLink((outage) => void heard.push(outage));
  process.tellHeld("mia has used up its disk quota");
  process.tellHeld(undefined);
  expect(heard).toEqual(["mia has used up its disk quota", undefined]);
  await process.stop(0);
});
