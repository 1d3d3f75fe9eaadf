import { parseArgs } from "node:util";
import { type FaultLogKind, serverNames } from "./fault-log.js";
import { type ChatPlatform, chatPlatforms, runFaultStory } from "./fault-story.js";
import { faultsOn } from "./faults.js";
import { runSplitBrain } from "./split-brain.js";

/**
 * `npm run faults -- --runs 20`: a fleet under load, with rooms that are shown in threads, and faults. `npm run faults -- --split-brain 200`:
 * processes that freeze while others take over their work. Ends with 1 when a figure that must be 0 is not.
 */
const usage = `usage: npm run faults -- [--runs 2] [--faults 3] [--only fault] [--log streams|postgres] [--chats slack,discord] [--ups 2] [--rooms 2] [--seed 4] [--keep folder]
       npm run faults -- --split-brain 200 [--freezes-per-room 20] [--seed 4]
faults: ${faultsOn("streams")
  .map(({ name }) => name)
  .join(", ")} (with --log postgres: PostgreSQL in place of stream server)
`;

function refuse(why: string): never {
  process.stderr.write(`${why}\n\n${usage}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        runs: { type: "string", default: "2" },
        faults: { type: "string", default: "3" },
        only: { type: "string" },
        log: { type: "string", default: "streams" },
        chats: { type: "string", default: "slack,discord" },
        ups: { type: "string", default: "2" },
        rooms: { type: "string", default: "2" },
        seed: { type: "string", default: "4" },
        keep: { type: "string" },
        "split-brain": { type: "string" },
        "freezes-per-room": { type: "string", default: "20" },
      },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const values = readArguments();

/** A run of nothing would count nothing and pass. */
function count(name: Exclude<keyof typeof values, "keep" | "only" | "chats" | "log">): number {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  return refuse(`--${name} needs a whole number from 1 on, not ${values[name]}`);
}

/** Split brain holds calls of the stream server back, and has no other. */
function chosenLog(): FaultLogKind {
  const { log } = values;
  if (!Object.hasOwn(serverNames, log)) return refuse(`there is no log ${log}`);
  if (log !== "streams" && values["split-brain"] !== undefined)
    return refuse("--split-brain runs on the stream server alone");
  return log as FaultLogKind;
}

function chosenFault(): string | undefined {
  const { only } = values;
  if (only === undefined || faultsOn(chosenLog()).some(({ name }) => name === only)) return only;
  return refuse(`there is no fault ${only}`);
}

/** `none`: as it was without any. */
function chosenChats(): ChatPlatform[] {
  if (values.chats === "none") return [];
  return values.chats.split(",").map((name) => {
    if (Object.hasOwn(chatPlatforms, name)) return name as ChatPlatform;
    return refuse(`there is no chat platform ${name}`);
  });
}

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
    seed: count("seed"),
    freezesPerRoom: count("freezes-per-room"),
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
    const seed = count("seed") + run;
    const { happened, wrongs, totals, notes } = await runFaultStory({
      seed,
      faults: count("faults"),
      ups: count("ups"),
      rooms: count("rooms"),
      chats: chosenChats(),
      log: chosenLog(),
      only: chosenFault(),
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

chosenLog();
const wrong =
  values["split-brain"] === undefined ? await faultRuns(count("runs")) : await splitBrain(count("split-brain"));
process.exit(wrong === 0 ? 0 : 1);
