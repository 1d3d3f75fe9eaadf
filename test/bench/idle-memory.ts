import { makeRoom, openBenchRuntime } from "./bench-runtime.js";

/** Prints the cost of one more idle room: the difference between 500 and 10,000 of them, after garbage collection. */
const bench = await openBenchRuntime(() => {}, { dir: process.argv[2] ?? "" });

async function grow(from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 100) {
    await Promise.all(
      Array.from({ length: 100 }, (_, offset) => makeRoom(bench.runtime, `idle${at + offset}`, ["a", "b", "c"])),
    );
  }
  await bench.runtime.sweep.run();
}

function measure() {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapUsed, rss };
}

await grow(0, 500);
const few = measure();
await grow(500, 10_000);
const many = measure();
console.log(
  JSON.stringify({
    heapKiB: (many.heapUsed - few.heapUsed) / 9_500 / 1_024,
    rssKiB: (many.rss - few.rss) / 9_500 / 1_024,
  }),
);
await bench.close();
