import { setTimeout as pause } from "node:timers/promises";
import type { FaultFleet, Member } from "./fault-fleet.js";

/** Something that goes wrong. It ends with everything running again; `lifted` is told when what was done is undone. */
export interface Fault {
  name: string;
  happen(fleet: FaultFleet, random: () => number, lifted: () => void): Promise<void>;
}

const pick = <T>(from: readonly T[], random: () => number): T => from[Math.floor(random() * from.length)] as T;

/** Half of the freezes outlast every lease; the other half end before anybody is missed. */
const freezeMs = (random: () => number): number =>
  random() < 0.5 ? 500 + random() * 2_000 : 11_000 + random() * 3_000;

async function kill(member: Member, random: () => number, lifted: () => void): Promise<void> {
  await member.process.kill("SIGKILL");
  await pause(random() < 0.5 ? 0 : random() * 9_000);
  lifted();
  await member.restart();
}

async function freeze(member: Member, random: () => number, lifted: () => void): Promise<void> {
  member.process.signal("SIGSTOP");
  await pause(freezeMs(random));
  member.process.signal("SIGCONT");
  lifted();
}

export const faults: readonly Fault[] = [
  { name: "kill -9 up", happen: (fleet, random, lifted) => kill(pick(fleet.ups, random), random, lifted) },
  { name: "freeze up", happen: (fleet, random, lifted) => freeze(pick(fleet.ups, random), random, lifted) },
  { name: "kill -9 worker", happen: (fleet, random, lifted) => kill(fleet.worker, random, lifted) },
  { name: "freeze worker", happen: (fleet, random, lifted) => freeze(fleet.worker, random, lifted) },
  {
    name: "kill -9 stream server",
    async happen({ streams }, random, lifted) {
      streams.signal("SIGKILL");
      await streams.ended();
      await pause(random() * 5_000);
      lifted();
      await streams.start();
    },
  },
  {
    name: "freeze stream server",
    async happen({ streams }, random, lifted) {
      streams.signal("SIGSTOP");
      await pause(1_000 + random() * 7_000);
      streams.signal("SIGCONT");
      lifted();
    },
  },
  {
    // On for a sixth of the time: every call takes hundreds of milliseconds, and some take more than they are given.
    name: "slow stream server",
    async happen({ streams }, random, lifted) {
      for (let leftMs = 5_000; leftMs > 0; ) {
        const stoppedMs = 200 + random() * 800;
        streams.signal("SIGSTOP");
        await pause(stoppedMs);
        streams.signal("SIGCONT");
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
