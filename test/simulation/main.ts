import { parseArgs } from "node:util";
import { isTotal, tellRoom } from "./counts.js";
import { simulate, startMs } from "./simulate.js";
import { roomId, type World } from "./world.js";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "2" },
    seed: { type: "string", default: "1" },
    steps: { type: "string", default: "120" },
    /** Absent: 1, 2 and 3 in turn. */
    nodes: { type: "string" },
    /** Prints the log of the room. */
    log: { type: "boolean", default: false },
  },
});

async function printLog({ log, witnessed: { writers } }: World): Promise<void> {
  console.log((await tellRoom(log, { roomId, writers, startMs })).join("\n"));
}

const totals: Record<string, number> = {};
const broken: number[] = [];
const [first, runs] = [Number(values.seed), Number(values.runs)];
for (let seed = first; seed < first + runs; seed++) {
  const nodes = values.nodes === undefined ? 1 + (seed % 3) : Number(values.nodes);
  const counts = await simulate({ seed, steps: Number(values.steps), nodes, ...(values.log && { onEnd: printLog }) });
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
