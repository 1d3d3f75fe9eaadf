import { flag, type readCommand, seedNumber, wholeNumber } from "../support/command-options.js";
import { type ChaosCounts, describeDelays, runChaos } from "./chat-chaos.js";
import type { CreateChatDriver } from "./chat-driver.js";

/** Options of every chaos command. */
export const chaosOptions = {
  runs: wholeNumber(20),
  seed: seedNumber(),
  events: wholeNumber(60),
  "no-look-up": flag,
};

/** Runs chaos with successive seeds, printing the counts of each run and of all. Resolves with the exit code: 1 if a count that must be 0 is not. */
export async function runChaosCommand(
  name: string,
  createDriver: CreateChatDriver,
  values: ReturnType<typeof readCommand<typeof chaosOptions>>["values"],
): Promise<number> {
  const print = (line: string) => void process.stdout.write(`${name} ${line}\n`);
  const sum: Partial<Record<keyof ChaosCounts, number>> = {};
  const delaysMs: number[] = [];
  for (let seed = values.seed; seed < values.seed + values.runs; seed++) {
    const options = { seed, events: values.events, lookUp: !values["no-look-up"] };
    const { counts, liveDelaysMs } = await runChaos(printViolations(createDriver), options);
    print(`seed ${seed} ${JSON.stringify(counts)}`);
    delaysMs.push(...liveDelaysMs);
    for (const [key, count] of Object.entries(counts) as [keyof ChaosCounts, number][])
      sum[key] = (sum[key] ?? 0) + count;
  }
  print(`all ${JSON.stringify(sum)}`);
  print(describeDelays(delaysMs));
  const { lost = 0, twice = 0, outOfOrder = 0, heardTwice = 0, inverted = 0, unheard = 0, violations = 0 } = sum;
  return lost + twice + outOfOrder + heardTwice + inverted + unheard + violations === 0 ? 0 : 1;
}

/** Prints broken rules of the platform, beside their count. */
function printViolations(create: CreateChatDriver): CreateChatDriver {
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
