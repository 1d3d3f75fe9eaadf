import { seededRandom } from "../support/seeded-random.js";
import type { ChatDriver, CreateChatDriver, Fault, Place } from "./chat-driver.js";
import { openRoom, saidIn } from "./chat-steps.js";

/** Result of one chaos run. Every count below `late` must be 0. */
export interface ChaosCounts {
  events: number;
  kills: number;
  deaf: number;
  faults: number;
  /** People's messages written while Parley did not run or was not connected. */
  missed: number;
  /** People's messages that arrived after newer ones because their history could not be read for 10 s, and that say so in the room. */
  late: number;
  lost: number;
  twice: number;
  outOfOrder: number;
  heardTwice: number;
  /** People's messages that the room has, unmarked, after a message of the same thread that was written later. */
  inverted: number;
  unheard: number;
  violations: number;
}

export interface ChaosResult {
  counts: ChaosCounts;
  /** Milliseconds from writing to the room's log, of each message written while Parley was connected. */
  liveDelaysMs: number[];
}

export interface ChaosOptions {
  seed: number;
  /** Number of messages from people, each answered by an agent. Default 60. */
  events?: number;
  /** Look up posts of unknown outcome. Default true; without it posts must be duplicated. */
  lookUp?: boolean;
}

/** People's messages in the order they were written: at which time, and whether Parley was connected then. */
interface Written {
  token: string;
  atMs: number;
  isLive: boolean;
}

/** A run in progress. */
interface Chaos {
  driver: ChatDriver;
  place: Place;
  random: () => number;
  lookUp: boolean;
  /** Number of messages to write. */
  events: number;
  written: Written[];
}

/**
 * People write while the platform fails in every way, Parley is killed at any moment and the connection drops. The posts on the platform
 * are compared with the room's log.
 */
export async function runChaos(createDriver: CreateChatDriver, options: ChaosOptions): Promise<ChaosResult> {
  const { seed, events = 60, lookUp = true } = options;
  const random = seededRandom(seed);
  const driver = await createDriver({ seed });
  if (!lookUp) {
    await driver.kill();
    await driver.start({ lookUp });
  }
  const place = await openRoom(driver, { name: `chaos-${seed}`, agents: "teller" });
  const chaos: Chaos = { driver, place, random, lookUp, events, written: [] };
  const counts = { kills: 0, deaf: 0, faults: 0 };
  await driver.setFaults(() => {
    const fault = faultBy(random);
    if (fault) counts.faults += 1;
    return fault;
  });
  while (chaos.written.length < events) {
    await write(chaos, { isLive: true });
    await driver.pass(random() * 1_500);
    if (random() < 0.12) counts.kills += await killAndStart(chaos);
    if (random() < 0.05) counts.deaf += await dropConnection(chaos);
  }
  await driver.setFaults(undefined);
  await settle(driver, place, events);
  const { liveDelaysMs, ...judged } = await judge(chaos);
  await driver.stop();
  return { counts: { events, ...counts, ...judged }, liveDelaysMs };
}

function faultBy(random: () => number): Fault | undefined {
  const dice = random();
  if (dice < 0.05) return { kind: "limited", retryAfterMs: 500 + Math.floor(random() * 2_500) };
  if (dice < 0.09) return { kind: "unavailable" };
  if (dice < 0.17) return { kind: "lost", hasEffect: true, afterMs: random() < 0.5 ? 0 : 3_000 };
  if (dice < 0.22) return { kind: "lost", hasEffect: false, afterMs: random() < 0.5 ? 0 : 3_000 };
  return undefined;
}

/** The platform stores the message whether or not Parley is there. */
async function write({ driver, place, written }: Chaos, { isLive }: { isLive: boolean }): Promise<void> {
  const token = `n${written.length + 1}`;
  written.push({ token, atMs: driver.nowMs(), isLive });
  await driver.act({ user: driver.people.owner, ...place, say: `@teller say ${token}` });
}

/** Lets up to two messages be written within the time in which Parley hears nothing. */
async function passUnheard(chaos: Chaos, longestMs: number): Promise<void> {
  const { driver, random, written, events } = chaos;
  for (let left = Math.floor(random() * 3); left > 0 && written.length < events; left -= 1) {
    await driver.pass(random() * 200);
    await write(chaos, { isLive: false });
  }
  await driver.pass(random() * longestMs);
}

async function killAndStart(chaos: Chaos): Promise<number> {
  const { driver, lookUp } = chaos;
  await driver.kill();
  await passUnheard(chaos, 4_000);
  await driver.start({ lookUp });
  return 1;
}

async function dropConnection(chaos: Chaos): Promise<number> {
  const { driver } = chaos;
  await driver.setDeaf(true);
  await passUnheard(chaos, 3_000);
  await driver.setDeaf(false);
  return 1;
}

/** Waits until every message is answered, at most two minutes, and then long enough for a late duplicate to appear. */
async function settle(driver: ChatDriver, place: Place, events: number): Promise<void> {
  await driver
    .until("all are answered", async () => saidIn(await driver.seen(place)).length >= events, 180_000)
    .catch(() => {});
  await driver.pass(15_000);
}

async function judge({ driver, place, written }: Chaos) {
  const seen = saidIn(await driver.seen(place));
  const log = await driver.logged(place);
  const logged = log.flatMap(({ body }) => /^said (\S+)$/.exec(body)?.[1] ?? []);
  const heard = log.flatMap(({ body, atMs }) => {
    const [, token, mark = ""] = /^say (\S+)\s*([\s\S]*)$/.exec(body) ?? [];
    return token === undefined ? [] : [{ token, atMs, isLate: mark.includes("it arrived late") }];
  });
  const firsts = [...new Set(seen)];
  const inTime = heard.filter(({ isLate }) => !isLate);
  const arrivedAtMs = new Map(heard.toReversed().map(({ token, atMs }) => [token, atMs]));
  return {
    missed: written.filter(({ isLive }) => !isLive).length,
    late: heard.length - inTime.length,
    lost: written.filter(({ token }) => !seen.includes(token)).length,
    twice: seen.length - firsts.length,
    outOfOrder: firsts.filter((token, at) => logged.filter((one) => seen.includes(one))[at] !== token).length,
    heardTwice: heard.length - arrivedAtMs.size,
    inverted: inversions(inTime.map(({ token }) => Number(token.slice(1)))),
    unheard: written.filter(({ token }) => !arrivedAtMs.has(token)).length,
    violations: (await driver.violations()).length,
    liveDelaysMs: written.flatMap(({ token, atMs, isLive }) => {
      const arrivedMs = arrivedAtMs.get(token);
      return isLive && arrivedMs !== undefined ? [Math.max(0, arrivedMs - atMs)] : [];
    }),
  };
}

/** How many of these come after a greater one. */
export function inversions(ranks: readonly number[]): number {
  let greatest = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (const rank of ranks) {
    if (rank < greatest) count += 1;
    greatest = Math.max(greatest, rank);
  }
  return count;
}

/** A line with the 95th percentile and the longest of these delays, ms. */
export function describeDelays(delaysMs: readonly number[]): string {
  const sorted = delaysMs.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
  return `live messages: ${sorted.length}, in the room after p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, at most ${at(1)} ms`;
}
