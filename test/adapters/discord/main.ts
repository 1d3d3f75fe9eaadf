import { parseArgs } from "node:util";
import { type ChaosCounts, runChaos } from "../../contract/chat-chaos.js";
import type { CreateChatDriver } from "../../contract/chat-driver.js";
import { createDiscordDriver } from "./driver.js";

/** Runs of chaos on the Discord emulator: `npm run chaos:discord -- --runs 20`. */
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    events: { type: "string", default: "60" },
    "no-look-up": { type: "boolean", default: false },
  },
});

/** Prints broken rules, beside the count. */
function telling(create: CreateChatDriver): CreateChatDriver {
  return async (options) => {
    const driver = await create(options);
    const violations = async (): Promise<string[]> => {
      const broken = await driver.violations();
      for (const rule of broken) process.stdout.write(`  ${rule}\n`);
      return broken;
    };
    return { ...driver, violations };
  };
}

const first = Number(values.seed);
const sum: Partial<Record<keyof ChaosCounts, number>> = {};
for (let seed = first; seed < first + Number(values.runs); seed++) {
  const options = { seed, events: Number(values.events), lookUp: !values["no-look-up"] };
  const counts = await runChaos(telling(createDiscordDriver), options);
  process.stdout.write(`discord seed ${seed} ${JSON.stringify(counts)}\n`);
  for (const [name, count] of Object.entries(counts) as [keyof ChaosCounts, number][])
    sum[name] = (sum[name] ?? 0) + count;
}
process.stdout.write(`discord all ${JSON.stringify(sum)}\n`);
const { lost = 0, twice = 0, outOfOrder = 0, heardTwice = 0, inverted = 0, unheard = 0, violations = 0 } = sum;
process.exit(lost + twice + outOfOrder + heardTwice + inverted + unheard + violations === 0 ? 0 : 1);
