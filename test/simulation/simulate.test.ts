import { expect, test } from "vitest";
import { simulate } from "./simulate.js";

const nothingBroken = {
  lostMessages: 0,
  lostDecisions: 0,
  undelivered: 0,
  deliveredTwice: 0,
  saidTwice: 0,
  unanswered: 0,
  stuck: 0,
};

test.each([1, 2, 3, 4, 5])(
  "seed %i: a router that crashes over and over keeps every promise",
  { timeout: 180_000 },
  async (seed) => {
    const counts = await simulate({ seed, steps: 120, nodes: 1 });
    expect(counts).toMatchObject(nothingBroken);
    expect(counts.acknowledged).toBeGreaterThan(20);
  },
);

test.each([1, 2, 3])("seed %i: two routers on one log", { timeout: 180_000 }, async (seed) => {
  const counts = await simulate({ seed, steps: 120, nodes: 2 });
  expect(counts).toMatchObject(nothingBroken);
});
