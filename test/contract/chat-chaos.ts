import { seededRandom } from "../support/seeded-random.js";
import type { ChatDriver, CreateChatDriver, Fault, Place } from "./chat-driver.js";
import { openRoom, saidIn } from "./chat-steps.js";

/** Result of one chaos run. Every count below `faults` must be 0. */
export interface ChaosCounts {
  events: number;
  kills: number;
  deaf: number;
  faults: number;
  lost: number;
  twice: number;
  outOfOrder: number;
  heardTwice: number;
  /** People's messages that the room has after a message of the same thread that was written later. */
  inverted: number;
  unheard: number;
  violations: number;
}

export interface ChaosOptions {
  seed: number;
  /** Number of messages from people, each answered by an agent. Default 60. */
  events?: number;
  /** Look up posts of unknown outcome. Default true; without it posts must be duplicated. */
  lookUp?: boolean;
}

/**
 * People write while the platform fails in every way, Parley is killed at any moment and the connection drops. The posts on the platform
 * are compared with the room's log.
 */
export async function runChaos(createDriver: CreateChatDriver, options: ChaosOptions): Promise<ChaosCounts> {
  const { seed, events = 60, lookUp = true } = options;
  const random = seededRandom(seed);
  const driver = await createDriver({ seed });
  if (!lookUp) {
    await driver.kill();
    await driver.start({ lookUp });
  }
  const place = await openRoom(driver, { name: `chaos-${seed}`, agents: "teller" });
  const counts = { kills: 0, deaf: 0, faults: 0 };
  await driver.setFaults(() => {
    const fault = faultBy(random);
    if (fault) counts.faults += 1;
    return fault;
  });
  for (let event = 1; event <= events; event++) {
    await write(driver, place, `n${event}`);
    await driver.pass(random() * 1_500);
    if (random() < 0.12) counts.kills += await killAndStart(driver, { random, lookUp });
    if (random() < 0.05) counts.deaf += await dropConnection(driver, random);
  }
  await driver.setFaults(undefined);
  await settle(driver, place, events);
  const result = { events, ...counts, ...(await judge(driver, place, events)) };
  await driver.stop();
  return result;
}

function faultBy(random: () => number): Fault | undefined {
  const dice = random();
  if (dice < 0.05) return { kind: "limited", retryAfterMs: 500 + Math.floor(random() * 2_500) };
  if (dice < 0.09) return { kind: "unavailable" };
  if (dice < 0.17) return { kind: "lost", hasEffect: true, afterMs: random() < 0.5 ? 0 : 3_000 };
  if (dice < 0.22) return { kind: "lost", hasEffect: false, afterMs: random() < 0.5 ? 0 : 3_000 };
  return undefined;
}

/** Parley may be down or disconnected at this moment; the platform stores the message anyway. */
async function write(driver: ChatDriver, place: Place, token: string): Promise<void> {
  await driver.act({ user: driver.people.owner, ...place, say: `@teller say ${token}` });
}

async function killAndStart(
  driver: ChatDriver,
  { random, lookUp }: { random: () => number; lookUp: boolean },
): Promise<number> {
  await driver.kill();
  await driver.pass(random() * 4_000);
  await driver.start({ lookUp });
  return 1;
}

async function dropConnection(driver: ChatDriver, random: () => number): Promise<number> {
  await driver.setDeaf(true);
  await driver.pass(random() * 3_000);
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

async function judge(driver: ChatDriver, place: Place, events: number) {
  const seen = saidIn(await driver.seen(place));
  const log = await driver.logged(place);
  const logged = log.flatMap(({ body }) => /^said (\S+)$/.exec(body)?.[1] ?? []);
  const heard = log.flatMap(({ body }) => /^say (\S+)$/.exec(body)?.[1] ?? []);
  const all = Array.from({ length: events }, (_, at) => `n${at + 1}`);
  const firsts = [...new Set(seen)];
  return {
    lost: all.filter((token) => !seen.includes(token)).length,
    twice: seen.length - firsts.length,
    outOfOrder: firsts.filter((token, at) => logged.filter((one) => seen.includes(one))[at] !== token).length,
    heardTwice: heard.length - new Set(heard).size,
    inverted: inversions(heard.map((token) => Number(token.slice(1)))),
    unheard: all.filter((token) => !heard.includes(token)).length,
    violations: (await driver.violations()).length,
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
