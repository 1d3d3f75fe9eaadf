import { describe, expect, test } from "vitest";
import { type Connection, createStream, type SourceListener } from "../../adapters/web/client/stream.js";

/** A browser's event sources, a clock and a server's verdict, moved by hand. */
function createBench() {
  const sources: { listener: SourceListener; isClosed: boolean }[] = [];
  const told: string[] = [];
  const data: string[] = [];
  let timers: { atMs: number; callback: () => void }[] = [];
  const bench = {
    sources,
    told,
    data,
    nowMs: 1_000,
    isOnline: true,
    opens: 0,
    verdict: "retry" as "gone" | "retry",
    delays: [] as number[],
    get last() {
      const source = sources.at(-1);
      if (!source) throw new Error("nothing was opened");
      return source.listener;
    },
    async settle() {
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    },
    async pass(ms: number) {
      bench.nowMs += ms;
      const due = timers.filter(({ atMs }) => atMs <= bench.nowMs);
      timers = timers.filter(({ atMs }) => atMs > bench.nowMs);
      for (const { callback } of due) callback();
      await bench.settle();
    },
  };
  const stream = createStream({
    open(listener) {
      const source = { listener, isClosed: false };
      sources.push(source);
      return {
        close() {
          source.isClosed = true;
        },
      };
    },
    onOpen: () => {
      bench.opens += 1;
    },
    onData: (piece) => data.push(piece),
    onConnection: (connection: Connection) =>
      told.push("sinceMs" in connection ? `${connection.state} since ${connection.sinceMs}` : connection.state),
    probe: async () => bench.verdict,
    isOnline: () => bench.isOnline,
    nowMs: () => bench.nowMs,
    after(delayMs, callback) {
      const timer = { atMs: bench.nowMs + delayMs, callback };
      bench.delays.push(delayMs);
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    random: () => 1,
  });
  return { bench, stream };
}

describe("the stream", () => {
  test("shows the true state of its connection", async () => {
    const { bench } = createBench();
    expect(bench.told).toEqual(["connecting"]);
    bench.last.opened();
    bench.last.message("a");
    bench.nowMs = 2_000;
    bench.last.failed(false);
    bench.nowMs = 3_000;
    bench.last.failed(false);
    bench.last.opened();
    expect(bench.told).toEqual(["connecting", "live", "interrupted since 2000", "interrupted since 2000", "live"]);
    expect(bench.data).toEqual(["a"]);
    expect(bench.sources).toHaveLength(1);
  });

  test("reopens with growing delays after the browser gave up", async () => {
    const { bench } = createBench();
    for (const _ of [1, 2, 3, 4, 5, 6, 7]) {
      bench.last.failed(true);
      await bench.settle();
      await bench.pass(bench.delays.at(-1) ?? 0);
    }
    expect(bench.delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    expect(bench.sources).toHaveLength(8);
    expect(bench.sources.slice(0, -1).every(({ isClosed }) => isClosed)).toBe(true);
    bench.last.opened();
    bench.last.failed(true);
    await bench.settle();
    expect(bench.delays.at(-1)).toBe(500);
  });

  test("ends when the room is gone", async () => {
    const { bench } = createBench();
    bench.verdict = "gone";
    bench.last.failed(true);
    await bench.settle();
    expect(bench.delays).toEqual([]);
    expect(bench.sources).toHaveLength(1);
  });

  test("starts over at once when told to, and listens to no source it left behind", async () => {
    const { bench, stream } = createBench();
    const left = bench.last;
    left.opened();
    bench.isOnline = false;
    stream.lost();
    expect(bench.told.at(-1)).toBe("offline since 1000");
    stream.reopen();
    left.message("late");
    left.failed(true);
    await bench.settle();
    expect(bench.data).toEqual([]);
    bench.last.opened();
    expect(bench.told.at(-1)).toBe("live");
    expect(bench.opens).toBe(2);
  });

  test("closed stays closed", async () => {
    const { bench, stream } = createBench();
    bench.last.failed(true);
    stream.close();
    await bench.settle();
    await bench.pass(60_000);
    stream.reopen();
    expect(bench.sources).toHaveLength(1);
  });
});
