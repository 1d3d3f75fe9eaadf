import {
  anyText,
  oneOf,
  optional,
  readCommand,
  refuseCommand,
  seedNumber,
  someOf,
  wholeNumber,
} from "../support/command-options.js";
import { type FaultLogKind, serverNames } from "./fault-log.js";
import { type ChatPlatform, chatPlatforms, runFaultStory } from "./fault-story.js";
import { faultsOn } from "./faults.js";
import { runSplitBrain } from "./split-brain.js";

/**
 * `npm run faults -- --runs 20`: a fleet under load, with rooms that are shown in threads, and faults. `npm run faults -- --split-brain 200`:
 * processes that freeze while others take over their work. Ends with 1 when a figure that must be 0 is not.
 */
const spec = {
  command: "npm run faults --",
  options: {
    runs: wholeNumber(2),
    faults: wholeNumber(3),
    only: anyText("fault"),
    log: oneOf(Object.keys(serverNames) as FaultLogKind[], "streams"),
    /** `none`: no room is shown in a thread. */
    chats: someOf([...(Object.keys(chatPlatforms) as ChatPlatform[]), "none"], ["slack", "discord"]),
    ups: wholeNumber(2),
    rooms: wholeNumber(2),
    seed: seedNumber(4),
    keep: anyText("folder"),
    "split-brain": optional(wholeNumber(200), "200"),
    "freezes-per-room": wholeNumber(20),
  },
  notes: `faults: ${faultsOn("streams")
    .map(({ name }) => name)
    .join(", ")} (with --log postgres: PostgreSQL in place of stream server)`,
};
const { values } = readCommand(spec);
const { only, log, seed: firstSeed } = values;
const chats = (values.chats ?? []).filter((name) => name !== "none");
if (only !== undefined && !faultsOn(log).some(({ name }) => name === only))
  refuseCommand(spec, `there is no fault “${only}”`);
// Split brain holds calls of the stream server back, and has no other.
if (log !== "streams" && values["split-brain"] !== undefined)
  refuseCommand(spec, "--split-brain runs on the stream server alone");

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
  const { wrongs, notes, ...counts } = await runSplitBrain({
    freezes,
    seed: firstSeed,
    freezesPerRoom: values["freezes-per-room"],
    goesOn,
  });
  print({ ...counts, ...wrongs, seconds: Math.round((performance.now() - fromMs) / 1_000) });
  for (const note of notes) print(note);
  return counts.staleAccepted + sumOf(wrongs);
}

const sumOf = (counts: object) => Object.values(counts).reduce((sum: number, count: number) => sum + count, 0);

async function faultRuns(runs: number): Promise<number> {
  const sums = new Map<string, number>();
  const byFault = new Map<string, { catchUpMs: number[]; threadsMs: number[]; slowestPostMs: number[] }>();
  let wrong = 0;

  for (let run = 0; run < runs; run++) {
    const seed = firstSeed + run;
    const { happened, wrongs, totals, notes } = await runFaultStory({
      seed,
      faults: values.faults,
      ups: values.ups,
      rooms: values.rooms,
      chats,
      log,
      only,
      keepIn: values.keep,
    });
    for (const { fault, tookMs, catchUpMs, threadsMs, slowestPostMs } of happened) {
      print(
        `seed ${seed}  ${fault}, ${tookMs} ms: caught up in ${catchUpMs} ms, threads in ${threadsMs} ms, slowest answer ${slowestPostMs} ms`,
      );
      const known = byFault.get(fault) ?? { catchUpMs: [], threadsMs: [], slowestPostMs: [] };
      byFault.set(fault, known);
      known.catchUpMs.push(catchUpMs);
      known.threadsMs.push(threadsMs);
      known.slowestPostMs.push(slowestPostMs);
    }
    for (const [name, count] of Object.entries({ ...totals, ...wrongs })) sums.set(name, (sums.get(name) ?? 0) + count);
    wrong += sumOf(wrongs);
    print({ seed, ...totals, ...wrongs });
    for (const note of notes) print(note);
  }

  const middle = (samples: readonly number[]) => [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)];
  print("");
  for (const [fault, { catchUpMs, threadsMs, slowestPostMs }] of byFault)
    print(
      `${fault.padEnd(22)} ${String(catchUpMs.length).padStart(3)} times, caught up in ${middle(catchUpMs)} ms (at most ${Math.max(...catchUpMs)}), ` +
        `threads in ${middle(threadsMs)} ms (at most ${Math.max(...threadsMs)}), ` +
        `slowest answer ${middle(slowestPostMs)} ms (at most ${Math.max(...slowestPostMs)})`,
    );
  print({ runs: runs, ...Object.fromEntries(sums) });
  return wrong;
}

const freezes = values["split-brain"];
const wrong = freezes === undefined ? await faultRuns(values.runs) : await splitBrain(freezes);
process.exit(wrong === 0 ? 0 : 1);
