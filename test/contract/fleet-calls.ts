import { afterEach, describe, expect, test } from "vitest";
import type { FleetCalls } from "../../src/ports/fleet-calls.js";

export interface FleetCallsContract {
  name: string;
  /** Two processes of one fleet, named `one` and `two`, that answer nothing yet. */
  open(): Promise<{ one: FleetCalls; two: FleetCalls; close(): Promise<void> }>;
}

const inTime = { timeoutMs: 5_000 };
const unavailable = { code: "unavailable", retryable: true };

/** The contract of `FleetCalls`. */
export function describeFleetCalls({ name, open }: FleetCallsContract): void {
  describe(`calls between processes: ${name}`, () => {
    const closes: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closes.splice(0)) await close();
    });
    const opened = async () => {
      const parts = await open();
      closes.push(parts.close);
      return parts;
    };

    test("an answer comes from the process that was asked, which learns who asks", async () => {
      const { one, two } = await opened();
      one.serve(async (from, request) => ({ at: "one", from, request }));
      two.serve(async (from, request) => ({ at: "two", from, request }));
      const request = { text: "käse 😀\n", list: [1, null, { deep: true }] };
      expect(await one.call("two", request, inTime)).toEqual({ at: "two", from: "one", request });
      expect(await two.call("one", "hi", inTime)).toEqual({ at: "one", from: "two", request: "hi" });
    });

    test("many calls at once get their own answers", async () => {
      const { one, two } = await opened();
      two.serve(async (_from, request) => request);
      const numbers = Array.from({ length: 100 }, (_, at) => at);
      expect(await Promise.all(numbers.map((number) => one.call("two", { number }, inTime)))).toEqual(
        numbers.map((number) => ({ number })),
      );
    });

    test("a process that is not there, answers nothing or fails gives no answer, and is asked once", async () => {
      const { one, two } = await opened();
      await expect(one.call("nobody", 1, inTime)).rejects.toMatchObject(unavailable);
      await expect(one.call("two", 1, inTime)).rejects.toMatchObject(unavailable);
      let asked = 0;
      const end = two.serve(async () => {
        asked += 1;
        throw new Error("broken");
      });
      await expect(one.call("two", 1, inTime)).rejects.toMatchObject(unavailable);
      expect(asked).toBe(1);
      end();
      await expect(one.call("two", 1, inTime)).rejects.toMatchObject(unavailable);
      expect(asked).toBe(1);
    });

    test("a process can be reached while it answers", async () => {
      const { one } = await opened();
      expect(one.isReachable()).toBe(false);
      const end = one.serve(async () => 1);
      expect(one.isReachable()).toBe(true);
      end();
      expect(one.isReachable()).toBe(false);
    });
  });
}
