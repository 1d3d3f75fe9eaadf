import { setTimeout as pause } from "node:timers/promises";
import { until } from "../support/until.js";
import type { FaultFleet, Member } from "./fault-fleet.js";
import { type FaultLogKind, serverNames } from "./fault-log.js";

/** A fault. It ends with everything running again; `lifted` is called when the fault is undone. */
export interface Fault {
  name: string;
  happen(fleet: FaultFleet, random: () => number, lifted: () => void): Promise<void>;
}

const pick = <T>(from: readonly T[], random: () => number): T => from[Math.floor(random() * from.length)] as T;

/** Half of the freezes outlast every lease; the other half end before anybody is missed. */
const freezeMs = (random: () => number): number =>
  random() < 0.5 ? 500 + random() * 2_000 : 11_000 + random() * 3_000;

async function kill(member: Member, random: () => number, lifted: () => void): Promise<void> {
  member.stoppedAtMs.push(Date.now());
  await member.process.kill("SIGKILL");
  await pause(random() < 0.5 ? 0 : random() * 9_000);
  lifted();
  await member.restart();
}

async function freeze(member: Member, random: () => number, lifted: () => void): Promise<void> {
  member.stoppedAtMs.push(Date.now());
  member.process.signal("SIGSTOP");
  await pause(freezeMs(random));
  member.process.signal("SIGCONT");
  lifted();
}

/** Up to when another process may have looked for the post and made it: its lease runs out, it is looked for twice. */
const onTheWayMs = (random: () => number): number => 3_000 + random() * 22_000;

/** Delays the next post of any process to the platform. Returns its process; undefined if there was no post. */
async function holdPost({ chats, members }: FaultFleet): Promise<{ member: Member; release: () => void } | undefined> {
  const ways = chats.flatMap((chat) => [...chat.ways]);
  for (const [, way] of ways) way.hold();
  await until("a post is on its way", () => ways.some(([, way]) => way.held() > 0), 20_000).catch(() => {});
  const [name, held] = ways.find(([, way]) => way.held() > 0) ?? [];
  for (const [, way] of ways) if (way !== held) way.release();
  const member = members.find((one) => one.name === name);
  return member && { member, release: () => held?.release() };
}

/** Every fault of a fleet whose rooms are on that server; always in this order. */
export const faultsOn = (log: FaultLogKind): readonly Fault[] => faultsWith(serverNames[log]);

const faultsWith = (server: string): readonly Fault[] => [
  { name: "kill -9 up", happen: (fleet, random, lifted) => kill(pick(fleet.ups, random), random, lifted) },
  { name: "freeze up", happen: (fleet, random, lifted) => freeze(pick(fleet.ups, random), random, lifted) },
  { name: "kill -9 worker", happen: (fleet, random, lifted) => kill(fleet.worker, random, lifted) },
  { name: "freeze worker", happen: (fleet, random, lifted) => freeze(fleet.worker, random, lifted) },
  {
    name: "kill -9 in a post",
    async happen(fleet, random, lifted) {
      const { member, release } = (await holdPost(fleet)) ?? { member: fleet.worker, release: () => {} };
      const arrives = pause(onTheWayMs(random)).then(release);
      await kill(member, random, () => {});
      await arrives;
      lifted();
    },
  },
  {
    name: "freeze in a post",
    async happen(fleet, random, lifted) {
      const { member, release } = (await holdPost(fleet)) ?? { member: fleet.worker, release: () => {} };
      member.stoppedAtMs.push(Date.now());
      member.process.signal("SIGSTOP");
      await pause(onTheWayMs(random));
      release();
      member.process.signal("SIGCONT");
      lifted();
    },
  },
  {
    name: `kill -9 ${server}`,
    async happen({ log }, random, lifted) {
      await log.kill();
      await pause(random() * 5_000);
      lifted();
      await log.start();
    },
  },
  {
    name: `freeze ${server}`,
    async happen({ log }, random, lifted) {
      await log.freeze();
      await pause(1_000 + random() * 7_000);
      await log.thaw();
      lifted();
    },
  },
  {
    // On for a sixth of the time: every call takes hundreds of milliseconds, and some take more than they are given.
    name: `slow ${server}`,
    async happen({ log }, random, lifted) {
      for (let leftMs = 5_000; leftMs > 0; ) {
        const stoppedMs = 200 + random() * 800;
        await log.freeze();
        await pause(stoppedMs);
        await log.thaw();
        await pause(stoppedMs / 5);
        leftMs -= stoppedMs * 1.2;
      }
      lifted();
    },
  },
  {
    name: "kill -9 Redis",
    async happen({ redis }, random, lifted) {
      await redis.signal("SIGKILL");
      await pause(random() * 6_000);
      lifted();
      await redis.start();
    },
  },
  {
    name: "freeze Redis",
    async happen({ redis }, random, lifted) {
      await redis.signal("SIGSTOP");
      await pause(1_000 + random() * 9_000);
      await redis.signal("SIGCONT");
      lifted();
    },
  },
  {
    name: "empty Redis",
    async happen({ redis }, _random, lifted) {
      await redis.command("FLUSHALL");
      lifted();
    },
  },
];
