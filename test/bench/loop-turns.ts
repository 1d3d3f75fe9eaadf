import { readFileSync } from "node:fs";
import { PerformanceObserver } from "node:perf_hooks";

/** The longest turn of the event loop while something ran, ms. */
export interface LongestTurn {
  /** Processor time of this thread in one turn. */
  totalMs: number;
  /** The same without the collector's pauses. Pauses are measured by the clock: on a busy machine this is too little. */
  workMs: number;
  /** The longest pauses of the collector in one turn, together. */
  collectorMs: number;
}

interface Turn {
  untilMs: number;
  cpuMs: number;
}

/** Processor time of this thread so far, ms: other threads and other load of the machine do not count. */
function threadCpuMs(): number {
  return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]) / 1e6;
}

/** Watches each turn of the event loop from the call of `run` until what it returns has settled. Linux alone. */
export async function longestTurn(run: () => Promise<unknown>): Promise<LongestTurn> {
  const pauses: { startTime: number; duration: number }[] = [];
  const observer = new PerformanceObserver((list) => void pauses.push(...list.getEntries()));
  observer.observe({ entryTypes: ["gc"] });
  const turns: Turn[] = [];
  let isOver = false;
  let cpuFromMs = threadCpuMs();
  const endTurn = () => {
    const [untilMs, cpuUntilMs] = [performance.now(), threadCpuMs()];
    turns.push({ untilMs, cpuMs: cpuUntilMs - cpuFromMs });
    cpuFromMs = cpuUntilMs;
    if (!isOver) setImmediate(endTurn);
  };
  setImmediate(endTurn);
  await run();
  await new Promise(setImmediate);
  isOver = true;
  // Pauses are told of later.
  await new Promise((resolve) => setTimeout(resolve, 50));
  observer.disconnect();
  // Turns and pauses are in order of time; most turns have none.
  let next = 0;
  let longest: LongestTurn = { totalMs: 0, workMs: 0, collectorMs: 0 };
  for (const { untilMs: until, cpuMs } of turns) {
    let collectorMs = 0;
    for (let pause = pauses[next]; pause && pause.startTime < until; pause = pauses[++next])
      collectorMs += pause.duration;
    longest = {
      totalMs: Math.max(longest.totalMs, cpuMs),
      workMs: Math.max(longest.workMs, cpuMs - collectorMs),
      collectorMs: Math.max(longest.collectorMs, collectorMs),
    };
  }
  return longest;
}
