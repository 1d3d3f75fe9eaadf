import { fileURLToPath } from "node:url";
import { readCommand, seedNumber, someOf, wholeNumber } from "../support/command-options.js";
import { seededRandom } from "../support/seeded-random.js";
import type { PlantedFault } from "./fault.js";
import { plantedFaults } from "./faults.js";
import { type Outcome, runTests } from "./run-tests.js";
import { createScratchCopy, type ScratchCopy } from "./scratch-copy.js";

/**
 * Plants faults one at a time in a copy of the working tree and runs the tests that a maintainer of that place would run:
 * `npm run planted -- --seed 7 --count 60`. A fault is noticed when a test fails. Exits with 1 if fewer than 95 % are noticed. `--only`
 * names the faults to plant, separated by commas, instead of drawing them.
 */
const { values } = readCommand({
  command: "npm run planted --",
  options: {
    seed: seedNumber(Math.floor(Math.random() * 1_000_000)),
    count: wholeNumber(60),
    only: someOf(plantedFaults.map(({ id }) => id)),
  },
});
const enough = 0.95;

interface Tally {
  noticed: string[];
  missed: string[];
  /** A second mechanism keeps the promise, as the entry says. */
  held: string[];
  /** None of its tests can run on this machine, or they fail without the fault too. */
  unseen: string[];
}

function drawn(): PlantedFault[] {
  const { only } = values;
  if (only) return plantedFaults.filter(({ id }) => only.includes(id));
  const random = seededRandom(values.seed);
  const rest = [...plantedFaults];
  const size = Math.min(values.count, rest.length);
  return Array.from({ length: size }, () => rest.splice(Math.floor(random() * rest.length), 1)[0] as PlantedFault);
}

/** Number of test files that run together without a fault. */
const chunkSize = 12;

const isPassed = ({ kind }: Outcome): boolean => kind === "passed" || kind === "skipped";

/** The test files that fail even without a fault, so that their failure proves nothing. */
async function failingWithout(copy: ScratchCopy, faults: readonly PlantedFault[]): Promise<Set<string>> {
  const rest = [...new Set(faults.flatMap(({ tests }) => tests))].sort();
  const failing = new Set<string>();
  while (rest.length > 0) {
    const chunk = rest.splice(0, chunkSize);
    if (isPassed(await runTests(copy.dir, chunk))) continue;
    for (const path of chunk) if (!isPassed(await runTests(copy.dir, [path]))) failing.add(path);
  }
  return failing;
}

function describe(outcome: Outcome): string {
  return outcome.kind === "failed" ? `noticed by: ${outcome.first}` : outcome.kind;
}

function count(tally: Tally, fault: PlantedFault, outcome: Outcome): void {
  if (outcome.kind === "skipped") tally.unseen.push(fault.id);
  else if (outcome.kind !== "passed") tally.noticed.push(fault.id);
  else if (fault.heldBy === undefined) tally.missed.push(fault.id);
  else tally.held.push(`${fault.id}: ${fault.heldBy}`);
}

async function plantAll(copy: ScratchCopy, faults: readonly PlantedFault[]): Promise<Tally> {
  const tally: Tally = { noticed: [], missed: [], held: [], unseen: [] };
  const failing = await failingWithout(copy, faults);
  for (const [index, fault] of faults.entries()) {
    if (fault.tests.some((path) => failing.has(path))) {
      console.log(`${index + 1}/${faults.length} ${fault.id}: its tests fail without it`);
      tally.unseen.push(fault.id);
      continue;
    }
    const outcome = await copy.withFaultIn(fault, () => runTests(copy.dir, fault.tests));
    count(tally, fault, outcome);
    const state = outcome.kind === "passed" ? "MISSED" : describe(outcome);
    console.log(`${index + 1}/${faults.length} ${fault.id}: ${fault.heldBy && state === "MISSED" ? "held" : state}`);
  }
  return tally;
}

function report({ noticed, missed, held, unseen }: Tally): number {
  const seen = noticed.length + missed.length;
  const share = seen === 0 ? 0 : noticed.length / seen;
  for (const id of missed) console.log(`missed: ${id}`);
  for (const one of held) console.log(`held by a second mechanism: ${one}`);
  for (const id of unseen) console.log(`its tests did not run here, or fail without it: ${id}`);
  const figures = `${noticed.length} noticed, ${missed.length} missed, ${held.length} held, ${unseen.length} not run`;
  console.log(`seed ${values.seed}: ${figures}; ${(share * 100).toFixed(1)} % of ${seen} noticed`);
  return share >= enough ? 0 : 1;
}

const faults = drawn();
console.log(`seed ${values.seed}, ${faults.length} of ${plantedFaults.length} faults:`);
for (const { id } of faults) console.log(`  ${id}`);
const copy = createScratchCopy(fileURLToPath(new URL("../..", import.meta.url)));
try {
  process.exitCode = report(await plantAll(copy, faults));
} finally {
  copy.remove();
}
