import { expect, test } from "vitest";
import { createDiscordTarget } from "./discord-target.js";
import { pathsOf } from "./mutate.js";
import { type MutationTarget, runMutations } from "./run.js";
import { createSlackTarget } from "./slack-target.js";

const runs = 400;

test.each([
  ["slack", createSlackTarget],
  ["discord", createDiscordTarget],
])("%s: no mutated payload ends in a failure, and an odd optional field loses no words", async (_platform, create) => {
  const target: MutationTarget = create();
  const counts = await runMutations(target, { runs, seed: 1 });
  target.stop?.();
  const { optional, ...others } = counts;
  expect(others).toEqual({ runs, failed: 0, lost: 0, deaf: 0, examples: [] });
  expect(optional).toBeGreaterThan(runs / 2);
});

test.each([
  ["slack", createSlackTarget],
  ["discord", createDiscordTarget],
])("%s: every place that is called essential is one of the sample", (_platform, create) => {
  for (const { name, payload, essential } of create().samples) {
    const places = pathsOf(payload).map((path) => path.join("."));
    expect([name, essential.filter((one) => !places.includes(one))]).toEqual([name, []]);
  }
});
