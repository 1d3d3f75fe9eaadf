import { describe, expect, test } from "vitest";
import { createBodySpace } from "../../../../adapters/kit/gateway/body-space.js";
import { createStubClock } from "../../../support/stub-clock.js";

const never = new AbortController().signal;

function open() {
  const clock = createStubClock();
  const space = createBodySpace({ maxBytes: 100, maxBytesPerCaller: 50, maxWaitMs: 1_000, clock });
  const order: string[] = [];
  const take = async (caller: string, bytes: number, signal = never) => {
    const giveBack = await space.take(caller, { bytes, signal });
    order.push(giveBack ? caller : `${caller} gave up`);
    return giveBack;
  };
  return { clock, take, order };
}
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("memory for bodies", () => {
  test("is had at once while there is some, and otherwise in order", async () => {
    const { take, order } = open();
    const first = await take("a", 50);
    await take("b", 40);
    void take("c", 20);
    void take("d", 10);
    await settled();
    expect(order).toEqual(["a", "b"]);
    first?.();
    first?.();
    await settled();
    expect(order).toEqual(["a", "b", "c", "d"]);
  });

  test("is not all for one agent: others pass it", async () => {
    const { take, order } = open();
    await take("a", 50);
    void take("a", 10);
    await take("b", 50);
    expect(order).toEqual(["a", "b"]);
  });

  test("is no longer waited for after the time limit, or once the caller leaves", async () => {
    const { take, clock, order } = open();
    await take("a", 50);
    await take("b", 50);
    const leave = new AbortController();
    const left = take("c", 10, leave.signal);
    void take("d", 10);
    leave.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    clock.advance(1_000);
    await settled();
    expect(order).toEqual(["a", "b", "d gave up"]);
    expect(clock.pending()).toBe(0);
  });
});
