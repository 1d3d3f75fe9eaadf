import { parseArgs } from "node:util";
import { type SimulationCounts, simulate } from "./simulate.js";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "2" },
    seed: { type: "string", default: "1" },
    steps: { type: "string", default: "120" },
    nodes: { type: "string", default: "1" },
  },
});

const totals: Partial<SimulationCounts> = {};
const first = Number(values.seed);
for (let seed = first; seed < first + Number(values.runs); seed++) {
  const counts = await simulate({ seed, steps: Number(values.steps), nodes: Number(values.nodes) });
  for (const [name, value] of Object.entries(counts) as [keyof SimulationCounts, number][])
    totals[name] = (totals[name] ?? 0) + value;
  const { acknowledged: _a, crashes: _c, turns: _t, lostTurns: _l, gaveUp: _g, ...broken } = counts;
  if (Object.values(broken).some((value) => value > 0)) console.log(JSON.stringify({ seed, ...counts }));
}
console.log(JSON.stringify({ runs: Number(values.runs), nodes: Number(values.nodes), ...totals }));
