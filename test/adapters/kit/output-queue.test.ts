import { describe, expect, test } from "vitest";
import { createOutputQueue, type OutputQueue } from "../../../adapters/kit/output-queue.js";

async function readAll<T>({ outputs }: OutputQueue<T>): Promise<{ items: T[]; error?: unknown }> {
  const items: T[] = [];
  try {
    for await (const item of outputs) items.push(item);
    return { items };
  } catch (error) {
    return { items, error };
  }
}

/** Whether a promise has settled once everything that was due has run. */
async function hasSettled(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  void promise.then(() => {
    isSettled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return isSettled;
}

describe("an output queue", () => {
  test("returns items pushed before its end, in order, and drops later ones", async () => {
    const queue = createOutputQueue<number>();
    for (const item of [1, 2, 3]) queue.push(item);
    queue.end();
    queue.push(4);
    expect(await readAll(queue)).toEqual({ items: [1, 2, 3] });
  });

  test("wakes a reader that waits, for an item and for the end", async () => {
    const queue = createOutputQueue<number>();
    const reading = readAll(queue);
    await Promise.resolve();
    queue.push(1);
    await Promise.resolve();
    queue.end();
    expect(await reading).toEqual({ items: [1] });
  });

  test("throws its failure once, after the last item", async () => {
    const queue = createOutputQueue<number>();
    const error = new Error("died");
    queue.push(1);
    queue.fail(error);
    queue.end();
    expect(await readAll(queue)).toEqual({ items: [1], error });
    expect(await readAll(queue)).toEqual({ items: [] });
  });

  test("carries any value, also undefined", async () => {
    const queue = createOutputQueue<undefined | null>();
    queue.push(undefined);
    queue.push(null);
    queue.end();
    expect(await readAll(queue)).toEqual({ items: [undefined, null] });
  });
});

describe("a full output queue", () => {
  test("holds writers back at `pauseAt`, until the reader has made room", async () => {
    const queue = createOutputQueue<number>({ pauseAt: 2 });
    queue.push(1);
    expect(await hasSettled(queue.room())).toBe(true);
    queue.push(2);
    const rooms = [queue.room(), queue.room()];
    expect(await hasSettled(Promise.race(rooms))).toBe(false);
    await queue.outputs[Symbol.asyncIterator]().next();
    expect(await hasSettled(Promise.all(rooms))).toBe(true);
  });

  test("drops nothing between `pauseAt` and `maxWaiting`", async () => {
    const queue = createOutputQueue<number>({ pauseAt: 1, maxWaiting: 3 });
    for (const item of [1, 2, 3]) queue.push(item);
    queue.end();
    expect(await readAll(queue)).toEqual({ items: [1, 2, 3] });
  });

  test("fails at `maxWaiting`: the reader gets the queued items, then an error that says so", async () => {
    const queue = createOutputQueue<number>({ maxWaiting: 3 });
    for (const item of [1, 2, 3, 4, 5]) queue.push(item);
    queue.end();
    expect(await readAll(queue)).toMatchObject({ items: [1, 2, 3], error: { code: "full", retryable: true } });
  });

  test("holds at most 100,000 items by default, and gives every one of them in order", async () => {
    const queue = createOutputQueue<number>();
    for (let item = 0; item < 100_001; item++) queue.push(item);
    const { items, error } = await readAll(queue);
    expect(items).toEqual(Array.from({ length: 100_000 }, (_, index) => index));
    expect(error).toMatchObject({ code: "full" });
  });

  test.each<[string, (queue: OutputQueue<number>) => unknown]>([
    ["ends", (queue) => queue.end()],
    ["fails", (queue) => queue.fail(new Error("died"))],
  ])("lets its writers go when it %s", async (_how, finish) => {
    const queue = createOutputQueue<number>({ pauseAt: 1 });
    queue.push(1);
    const room = queue.room();
    finish(queue);
    expect(await hasSettled(room)).toBe(true);
  });

  test("releases its writers when its reader leaves, and keeps nothing further", async () => {
    const queue = createOutputQueue<number>({ pauseAt: 1 });
    for (const item of [1, 2, 3]) queue.push(item);
    const room = queue.room();
    for await (const _first of queue.outputs) break;
    expect(await hasSettled(room)).toBe(true);
    queue.push(4);
    expect(await readAll(queue)).toEqual({ items: [] });
  });
});
