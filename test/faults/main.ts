import { parseArgs } from "node:util";
import { runFaultStory } from "./fault-story.js";

/** `npm run faults -- --runs 20`: a fleet under load, and what goes wrong with it. Ends with 1 when a figure that must be 0 is not. */
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "2" },
    faults: { type: "string", default: "5" },
    ups: { type: "string", default: "2" },
    rooms: { type: "string", default: "3" },
    seed: { type: "string", default: "2" },
    keep: { type: "string" },
  },
});

const print = (line: unknown) => process.stdout.write(`${typeof line === "string" ? line : JSON.stringify(line)}\n`);
const sums = new Map<string, number>();
const byFault = new Map<string, { catchUpMs: number[]; slowestPostMs: number[] }>();
let wrong = 0;

for (let run = 0; run < Number(values.runs); run++) {
  const seed = Number(values.seed) + run;
  const { happened, wrongs, totals, notes } = await runFaultStory({
    seed,
    faults: Number(values.faults),
    ups: Number(values.ups),
    rooms: Number(values.rooms),
    keepIn: values.keep,
  });
  for (const { fault, tookMs, catchUpMs, slowestPostMs } of happened) {
    print(`seed ${seed}  ${fault}, ${tookMs} ms: caught up in ${catchUpMs} ms, slowest answer ${slowestPostMs} ms`);
    const known = byFault.get(fault) ?? { catchUpMs: [], slowestPostMs: [] };
    byFault.set(fault, known);
    known.catchUpMs.push(catchUpMs);
    known.slowestPostMs.push(slowestPostMs);
  }
  for (const [name, count] of Object.entries({ ...totals, ...wrongs })) sums.set(name, (sums.get(name) ?? 0) + count);
  wrong += Object.values(wrongs).reduce((sum, count) => sum + count, 0);
  print({ seed, ...totals, ...wrongs });
  for (const note of notes) print(note);
}

const middle = (samples: readonly number[]) => [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)];
print("");
for (const [fault, { catchUpMs, slowestPostMs }] of byFault)
  print(
    `${fault.padEnd(22)} ${String(catchUpMs.length).padStart(3)} times, caught up in ${middle(catchUpMs)} ms (at most ${Math.max(...catchUpMs)}), ` +
      `slowest answer ${middle(slowestPostMs)} ms (at most ${Math.max(...slowestPostMs)})`,
  );
print({ runs: Number(values.runs), ...Object.fromEntries(sums) });
process.exit(wrong === 0 ? 0 : 1);
