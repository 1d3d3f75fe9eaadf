import { expect, test } from "vitest";
import { createManualClock } from "../../../../adapters/memory/clock.js";
import { createMemoryLogger } from "../../../../adapters/memory/logger.js";
import { createThreadOrder, maxWaitMs } from "../../../../src/runtime/chat/inbound/thread-order.js";

/** The order of one platform, and the ids of the messages that went on. */
function openOrder() {
  const clock = createManualClock(1_700_000_000_000);
  const order = createThreadOrder({ platform: "slack", clock, logger: createMemoryLogger(), onWanted: () => {} });
  const went: string[] = [];
  const enter = (id: string, atMs: number) =>
    void order.enter({ id, thread: "C1/t1", atMs }, async () => void went.push(id));
  return { clock, order, went, enter };
}

test("live messages that waited for a thread's history go on in the order they were written in", async () => {
  const { order, went, enter } = openOrder();
  enter("second", 2_000);
  enter("first", 1_000);
  enter("third", 3_000);
  expect(went).toEqual([]);
  order.threadRead("C1/t1", order.period());
  expect(went).toEqual(["first", "second", "third"]);
  enter("fourth", 4_000);
  expect(went.at(-1)).toBe("fourth");
});

test("they wait no longer than 10 s, and in the order they were written in", () => {
  const { clock, went, enter } = openOrder();
  enter("second", 2_000);
  enter("first", 1_000);
  clock.advance(maxWaitMs - 1);
  expect(went).toEqual([]);
  clock.advance(1);
  expect(went).toEqual(["first", "second"]);
});

// Mistakes of bridges, by reports on GitHub.
test("live messages wait while missed ones come in: ava-labs/icm-services#241", () => {
  const { order, went, enter } = openOrder();
  enter("live", 5_000);
  enter("live later", 6_000);
  went.push("missed 1", "missed 2");
  order.threadRead("C1/t1", order.period());
  expect(went).toEqual(["missed 1", "missed 2", "live", "live later"]);
});

test("a live message does not stand between two missed ones: sageox/agent-toolkit#12", () => {
  const { order, went, enter } = openOrder();
  enter("third", 3_000);
  enter("fifth", 5_000);
  went.push("first", "second");
  order.reach("third");
  went.push("fourth");
  order.threadRead("C1/t1", order.period());
  expect(went).toEqual(["first", "second", "third", "fourth", "fifth"]);
});

test("what arrives in the wrong order goes on in the right one: matrix-org/matrix-appservice-irc#1673", () => {
  const { order, went, enter } = openOrder();
  for (const [id, atMs] of [
    ["C", 3],
    ["B", 2],
    ["A", 1],
  ] as const)
    enter(id, atMs);
  order.threadRead("C1/t1", order.period());
  expect(went).toEqual(["A", "B", "C"]);
});

test("a history read before the connection was lost releases nothing: sonichi/sutando#3472", () => {
  const { order, went, enter } = openOrder();
  const before = order.period();
  order.beginPeriod();
  enter("live", 1_000);
  order.threadRead("C1/t1", before);
  expect(went).toEqual([]);
  order.threadRead("C1/t1", order.period());
  expect(went).toEqual(["live"]);
});
