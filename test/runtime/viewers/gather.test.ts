import { EventEmitter, on } from "node:events";
import { expect, test } from "vitest";
import { gatherBatches } from "../../../src/runtime/viewers/gather.js";

/** Batches that come on request. */
function createSource() {
  const emitter = new EventEmitter();
  const told = on(emitter, "batch", { close: ["end"] });
  async function* batches(): AsyncGenerator<number[]> {
    for await (const [batch] of told) yield batch as number[];
  }
  return {
    batches: batches(),
    tell: (...batch: number[]) => emitter.emit("batch", batch),
    end: () => emitter.emit("end"),
    fail: () => emitter.emit("error", new Error("the log is away")),
  };
}

test("batches pass unchanged without a wait", async () => {
  const { batches, tell, end } = createSource();
  tell(1);
  tell(2, 3);
  end();
  const seen: number[][] = [];
  for await (const batch of gatherBatches(batches, () => 0)) seen.push(batch);
  expect(seen).toEqual([[1], [2, 3]]);
});

test("items within the wait are one batch, and later ones another", async () => {
  const { batches, tell } = createSource();
  const gathered = gatherBatches(batches, () => 20);
  tell(1);
  const first = gathered.next();
  await new Promise((resolve) => setImmediate(resolve));
  tell(2, 3);
  tell(4);
  expect(await first).toEqual({ done: false, value: [1, 2, 3, 4] });
  tell(5);
  expect(await gathered.next()).toEqual({ done: false, value: [5] });
});

test("items before the source's failure come first, then the error", async () => {
  const { batches, tell, fail } = createSource();
  const gathered = gatherBatches(batches, () => 20);
  tell(1);
  const first = gathered.next();
  await new Promise((resolve) => setImmediate(resolve));
  tell(2);
  fail();
  expect(await first).toEqual({ done: false, value: [1, 2] });
  await expect(gathered.next()).rejects.toThrow("the log is away");
});

test("the end of the source is the end, also while it is waited for more", async () => {
  const { batches, tell, end } = createSource();
  const gathered = gatherBatches(batches, () => 20);
  tell(1);
  const first = gathered.next();
  await new Promise((resolve) => setImmediate(resolve));
  end();
  expect(await first).toEqual({ done: false, value: [1] });
  expect((await gathered.next()).done).toBe(true);
});
