import { parseArgs } from "node:util";
import { runFaultStory } from "./fault-story.js";
import { runSplitBrain } from "./split-brain.js";

/**
 * `npm run faults -- --runs 20`: a fleet under load, and what goes wrong with it. `npm run faults -- --split-brain 200`: processes that
 * stand still while others go on with what they had. Ends with 1 when a figure that must be 0 is not.
 */
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "2" },
    faults: { type: "string", default: "5" },
    ups: { type: "string", default: "2" },
    rooms: { type: "string", default: "3" },
    seed: { type: "string", default: "2" },
    keep: { type: "string" },
    "split-brain": { type: "string" },
  },
});

const print = (line: unknown) => process.stdout.write(`${typeof line === "string" ? line : JSON.stringify(line)}\n`);

async function splitBrain(freezes: number): Promise<number> {
  const fromMs = performance.now();
  let isStopped = false;
  process.once("SIGINT", () => {
    isStopped = true;
  });
  const goesOn = (freeze: number) => {
    if (freeze % 20 === 19) print(`${freeze + 1} freezes, ${Math.round((performance.now() - fromMs) / 1_000)} s`);
    return !isStopped;
  };
  const { wrongs, notes, ...counts } = await runSplitBrain({ freezes, seed: Number(values.seed), goesOn });
  print({ ...counts, ...wrongs, seconds: Math.round((performance.now() - fromMs) / 1_000) });
  for (const note of notes) print(note);
  return counts.staleAccepted + sumOf(wrongs);
}

const sumOf = (counts: object) => Object.values(counts).reduce((sum: number, count: number) => sum + count, 0);

async function faultRuns(runs: number): Promise<number> {
  const sums = new Map<string, number>();
  const byFault = new Map<string, { catchUpMs: number[]; slowestPostMs: number[] }>();
  let wrong = 0;

  for (let run = 0; run < runs; run++) {
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
    wrong += sumOf(wrongs);
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
  print({ runs: runs, ...Object.fromEntries(sums) });
  return wrong;
}

const freezes = values["split-brain"];
const wrong = freezes === undefined ? await faultRuns(Number(values.runs)) : await splitBrain(Number(freezes));
process.exit(wrong === 0 ? 0 : 1);
