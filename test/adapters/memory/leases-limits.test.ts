import { describe, expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryLeases, type LeaseTable } from "../../../adapters/memory/leases.js";
import { createMemoryLimits } from "../../../adapters/memory/limits.js";
import { describeLeases } from "../../contract/leases.js";
import { describeLimits } from "../../contract/limits.js";

describeLimits({
  name: "memory",
  windowMs: 1_000,
  async open() {
    const clock = createManualClock(0);
    return {
      limits: createMemoryLimits({ clock }),
      pass: async (ms) => void clock.advance(ms),
      close: async () => undefined,
    };
  },
});

describeLeases({
  name: "memory",
  async open() {
    const clock = createManualClock(0);
    const table: LeaseTable = new Map();
    return {
      one: createMemoryLeases({ clock, node: "one", table }),
      two: createMemoryLeases({ clock, node: "two", table }),
      pass: async (ms) => void clock.advance(ms),
      close: async () => undefined,
    };
  },
});

describe("a process that is alone", () => {
  test("holds a lease until it releases it", async () => {
    const clock = createManualClock(0);
    const leases = createMemoryLeases({ clock, node: "one" });
    const taken = await leases.take("mirror/m1");
    clock.advance(3_600_000);
    expect(taken.kind === "held" && taken.lease.isHeld()).toBe(true);
  });
});
