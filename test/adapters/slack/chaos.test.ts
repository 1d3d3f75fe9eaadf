import { expect, test } from "vitest";
import { runChaos } from "../../contract/chat-chaos.js";
import { createSlackDriver } from "./driver.js";

test.each(["socket", "http"] as const)(
  "chaos over %s loses nothing, doubles nothing and keeps the order",
  async (mode) => {
    const counts = await runChaos(createSlackDriver(mode), { seed: 3, events: 12 });
    expect(counts.faults).toBeGreaterThan(0);
    expect(counts).toMatchObject({ lost: 0, twice: 0, outOfOrder: 0, heardTwice: 0, unheard: 0, violations: 0 });
  },
  240_000,
);
