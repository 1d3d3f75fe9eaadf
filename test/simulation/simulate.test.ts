import { expect, test } from "vitest";
import { isTotal } from "./counts.js";
import { simulate } from "./simulate.js";

const brokenIn = (counts: object) =>
  Object.fromEntries(Object.entries(counts).filter(([name, value]) => !isTotal(name) && value > 0));

test.each([1, 2, 3, 4, 5, 6])(
  "seed %i: routers that crash, and outages around them, break no promise",
  { timeout: 180_000 },
  async (seed) => {
    const counts = await simulate({ seed, steps: 120, nodes: 1 + (seed % 3) });
    expect(brokenIn(counts)).toEqual({});
    expect(counts.acknowledged).toBeGreaterThan(20);
    expect(counts.outages).toBeGreaterThan(2);
  },
);

test("the same seed gives the same run", { timeout: 180_000 }, async () => {
  const options = { seed: 7, steps: 60, nodes: 2 };
  expect(await simulate(options)).toEqual(await simulate(options));
});
