import { parseArgs } from "node:util";
import { createDiscordTarget } from "./discord-target.js";
import { runMutations } from "./run.js";
import { createSlackTarget } from "./slack-target.js";

/** Mutated payloads: `npm run chat:mutations -- slack|discord --runs 100000 --seed 1`. Fails if one is lost or ends in a failure. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
const targets = { slack: createSlackTarget, discord: createDiscordTarget };
const wanted = positionals.length === 0 ? (["slack", "discord"] as const) : positionals;
let wrong = 0;
for (const platform of wanted) {
  if (platform !== "slack" && platform !== "discord") throw new Error(`no such platform: ${platform}`);
  const { examples, ...counts } = await runMutations(targets[platform](), {
    runs: Number(values.runs),
    seed: Number(values.seed),
  });
  wrong += counts.failed + counts.lost + counts.deaf;
  process.stdout.write(`${platform} ${JSON.stringify(counts)}\n${examples.map((one) => `  ${one}\n`).join("")}`);
}
process.exit(wrong === 0 ? 0 : 1);
