import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../support/seeded-random.js";
import type { ChatPlace } from "./chat/chat-place.js";
import { openDiscordPlace } from "./chat/discord-place.js";
import { openSlackPlace } from "./chat/slack-place.js";
import { countAll, type Totals, type Wrongs } from "./count.js";
import { type FaultFleet, openFaultFleet } from "./fault-fleet.js";
import type { FaultLogKind } from "./fault-log.js";
import { type Fault, faultsOn } from "./faults.js";
import { type Load, openLoad } from "./load.js";
import { readRawLog } from "./raw-log.js";
import { settle } from "./settle.js";

export const chatPlatforms = { slack: openSlackPlace, discord: openDiscordPlace } as const;
export type ChatPlatform = keyof typeof chatPlatforms;

/** One fault: how long until everything that waited was done, and how long a person waited for an answer at most. */
export interface Happened {
  fault: string;
  tookMs: number;
  catchUpMs: number;
  /** Until the threads showed everything too. */
  threadsMs: number;
  slowestPostMs: number;
}

export interface FaultRun {
  happened: Happened[];
  wrongs: Wrongs & { notSettled: number };
  totals: Totals;
  /** What to look at where something was wrong. */
  notes: string[];
}

const settleWithinMs = 150_000;
const calmMs = 700;

/** Runs of successive seeds see one kind of fault after the other, shuffled again after each round. */
export function faultsOf(
  seed: number,
  { count, only, log = "streams" }: { count: number; only?: string | undefined; log?: FaultLogKind | undefined },
): Fault[] {
  const faults = faultsOn(log);
  const wanted = faults.find(({ name }) => name === only);
  return Array.from({ length: count }, (_, at) => {
    const number = seed * count + at;
    const round = shuffled(faults, seededRandom(Math.floor(number / faults.length)));
    return wanted ?? (round[number % faults.length] as Fault);
  });
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((item) => ({ item, place: random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

/** A fleet that people write to at all of its processes, while one thing after another goes wrong. */
export async function runFaultStory(options: {
  seed: number;
  faults: number;
  ups: number;
  rooms: number;
  /** Each of them shows a room more. */
  chats?: readonly ChatPlatform[];
  /** Where rooms are. Default: a stream server. */
  log?: FaultLogKind;
  /** Name of the one fault that happens; default all of them in turn. */
  only?: string | undefined;
  /** Where logs of rooms are put in which something was wrong. */
  keepIn?: string | undefined;
}): Promise<FaultRun> {
  const random = seededRandom(options.seed);
  const chats: ChatPlace[] = [];
  let fleet: FaultFleet | undefined;
  let load: Load | undefined;
  try {
    for (const platform of options.chats ?? []) chats.push(await chatPlatforms[platform]());
    fleet = await openFaultFleet({ ...options, chats });
    load = await openLoad(fleet, { rooms: options.rooms, random: seededRandom(options.seed + 1) });
    const happened: Happened[] = [];
    const notes: string[] = [];
    let notSettled = 0;
    for (const fault of faultsOf(options.seed, { ...options, count: options.faults })) {
      const { open, ...one } = await endure(fault, { fleet, load, random });
      happened.push(one);
      if (open !== undefined) {
        notSettled += 1;
        notes.push(`after ${fault.name}: ${open}`);
      }
      const { wrongs } = await countAll(fleet, load);
      const bad = Object.entries(wrongs).filter(([, count]) => count > 0);
      if (bad.length > 0) notes.push(`after ${fault.name}: ${JSON.stringify(Object.fromEntries(bad))}`);
      if (open !== undefined) break;
    }
    const { wrongs, totals, details } = await countAll(fleet, load);
    notes.push(...details);
    if (notes.length > 0 && options.keepIn !== undefined)
      await keepLogs(options.keepIn, { seed: options.seed, fleet, load });
    if (notes.length > 0) notes.push(...fleet.members.map(({ name, process }) => `${name}:\n${process.output()}`));
    return { happened, wrongs: { ...wrongs, notSettled }, totals, notes };
  } finally {
    await load?.stop();
    await fleet?.stop();
    for (const chat of chats) await chat.stop();
  }
}

async function keepLogs(folder: string, { seed, fleet, load }: { seed: number; fleet: FaultFleet; load: Load }) {
  await mkdir(folder, { recursive: true });
  for (const { roomId } of load.rooms) {
    const { accepted } = await readRawLog(fleet, roomId);
    await writeFile(
      join(folder, `${seed}-${roomId}.jsonl`),
      accepted.map((commit) => `${JSON.stringify(commit)}\n`).join(""),
    );
  }
}

async function endure(
  fault: Fault,
  { fleet, load, random }: { fleet: FaultFleet; load: Load; random: () => number },
): Promise<Happened & { open: string | undefined }> {
  const end = load.begin();
  await pause(calmMs);
  const fromMs = performance.now();
  let liftedMs = fromMs;
  await fault.happen(fleet, random, () => {
    liftedMs = performance.now();
  });
  await end();
  const { open, roomsAtMs, threadsAtMs } = await settle(fleet, load, settleWithinMs);
  return {
    fault: fault.name,
    tookMs: Math.round(liftedMs - fromMs),
    catchUpMs: Math.round(roomsAtMs - liftedMs),
    threadsMs: Math.round(threadsAtMs - liftedMs),
    slowestPostMs: Math.round(load.acknowledged.slowestPostMs),
    open,
  };
}
