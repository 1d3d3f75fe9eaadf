import { flag, optional, readCommand, seedNumber, wholeNumber } from "../support/command-options.js";
import { isTotal, tellRoom } from "./counts.js";
import { simulate, startMs } from "./simulate.js";
import { roomId, type World } from "./world.js";

/** Simulated fleets, each run derived from its seed: `npm run simulate -- --runs 200`. `--log` prints the log of the room. */
const { values } = readCommand({
  command: "npm run simulate --",
  options: {
    runs: wholeNumber(2),
    seed: seedNumber(),
    steps: wholeNumber(120),
    /** Absent: 1, 2 and 3 in turn. */
    nodes: optional(wholeNumber(1), "1"),
    log: flag,
  },
});

async function printLog({ log, witnessed: { writers } }: World): Promise<void> {
  console.log((await tellRoom(log, { roomId, writers, startMs })).join("\n"));
}

const totals: Record<string, number> = {};
const broken: number[] = [];
const { seed: first, runs, steps } = values;
for (let seed = first; seed < first + runs; seed++) {
  const nodes = values.nodes ?? 1 + (seed % 3);
  const counts = await simulate({ seed, steps, nodes, ...(values.log && { onEnd: printLog }) });
  for (const [name, value] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + value;
  if (!Object.entries(counts).some(([name, value]) => !isTotal(name) && value > 0)) continue;
  broken.push(seed);
  console.log(JSON.stringify({ seed, nodes, ...counts }));
}
console.log(
  JSON.stringify({ seeds: `${first} to ${first + runs - 1}`, runs, nodes: values.nodes ?? "1, 2, 3", ...totals }),
);
if (broken.length > 0) {
  console.log(`broken: seeds ${broken.join(", ")}`);
  process.exitCode = 1;
}
