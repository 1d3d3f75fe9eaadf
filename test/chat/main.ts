import { parseArgs } from "node:util";
import { type ChaosCounts, runChaos } from "../contract/chat-chaos.js";
import { createMemoryChatDriver } from "./memory-driver.js";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    events: { type: "string", default: "60" },
    "no-look-up": { type: "boolean", default: false },
  },
});

const first = Number(values.seed);
const sum: Partial<Record<keyof ChaosCounts, number>> = {};
for (let seed = first; seed < first + Number(values.runs); seed++) {
  const counts = await runChaos(createMemoryChatDriver, {
    seed,
    events: Number(values.events),
    lookUp: !values["no-look-up"],
  });
  process.stdout.write(`seed ${seed} ${JSON.stringify(counts)}\n`);
  for (const [name, count] of Object.entries(counts) as [keyof ChaosCounts, number][])
    sum[name] = (sum[name] ?? 0) + count;
}
process.stdout.write(`all ${JSON.stringify(sum)}\n`);
const { lost = 0, twice = 0, outOfOrder = 0, heardTwice = 0, inverted = 0, unheard = 0, violations = 0 } = sum;
process.exitCode = lost + twice + outOfOrder + heardTwice + inverted + unheard + violations === 0 ? 0 : 1;
