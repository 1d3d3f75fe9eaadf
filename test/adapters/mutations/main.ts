import { readCommand, seedNumber, wholeNumber } from "../../support/command-options.js";
import { createDiscordTarget } from "./discord-target.js";
import { runMutations } from "./run.js";
import { createSlackTarget } from "./slack-target.js";

/** Mutated payloads: `npm run chat:mutations -- slack|discord --runs 100000 --seed 1`. Fails if one is lost or ends in a failure. */
const targets = { slack: createSlackTarget, discord: createDiscordTarget };
const platforms = ["slack", "discord"] as const;
const { values, words } = readCommand({
  command: "npm run chat:mutations --",
  options: { runs: wholeNumber(100_000), seed: seedNumber() },
  words: { shown: "slack|discord", among: platforms },
});
let wrong = 0;
for (const platform of platforms.filter((one) => words.length === 0 || words.includes(one))) {
  const { examples, ...counts } = await runMutations(targets[platform](), values);
  wrong += counts.failed + counts.lost + counts.deaf;
  process.stdout.write(`${platform} ${JSON.stringify(counts)}\n${examples.map((one) => `  ${one}\n`).join("")}`);
}
process.exit(wrong === 0 ? 0 : 1);
