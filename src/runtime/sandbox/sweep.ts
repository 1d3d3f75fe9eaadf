import type { Room } from "../../core/room/room.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { Sandboxes } from "../../ports/sandboxes.js";
import type { RoomService } from "../rooms/service.js";

/** Removes leftovers of agents on this machine. */
export interface SandboxSweep {
  /** Runs now and periodically. */
  start(): void;
  stop(): void;
  /** Removes the homes of a purged room and returns their number. */
  removeHomesOf(roomId: string): Promise<number>;
}

const sweepEveryMs = 60_000;
/** Interval of the check for rooms purged on another machine. It is long because the check reads every room. */
const homesEverySweeps = 60;

/** Removes sandboxes, sockets and homes of agents that are gone. */
export function createSandboxSweep(options: {
  sandboxes: Sandboxes;
  rooms: Pick<RoomService, "peek">;
  /** The agent's way out is taken away; it gets another when it comes back. */
  closeSocket: (agent: { roomId: string; name: string }) => Promise<void>;
  /** Resources of an agent on this machine besides its home. */
  removeFiles: (agent: { roomId: string; name: string }) => Promise<void>;
  clock: Clock;
  logger: Logger;
}): SandboxSweep {
  const { sandboxes, clock, logger } = options;
  let cancel = () => {};
  let sweeps = 0;
  let isStopped = false;

  const peekRoom = (roomId: string, look: (room: Room) => boolean) => options.rooms.peek(roomId, look, { fresh: true });

  async function run(): Promise<void> {
    await attempt("sandboxes that nobody needs", removeOrphans);
    if (sweeps++ % homesEverySweeps === 0) await attempt("homes that were given up", removeHomes);
    if (!isStopped) cancel = clock.after(sweepEveryMs, () => void run());
  }

  async function attempt(what: string, work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => logger.warn({ error }, `${what} could not be removed`));
  }

  async function removeOrphans(): Promise<void> {
    for (const { id, labels } of await sandboxes.list()) {
      const { room = "", agent = "" } = labels;
      const isWanted = await peekRoom(room, (seen) => seen.status !== "closed" && seen.agents.includes(agent));
      if (isWanted) continue;
      logger.info({ sandbox: id, room, agent }, "a sandbox nobody needs any more is removed; its home is kept");
      await sandboxes.remove(id, { volumes: false });
      await options.closeSocket({ roomId: room, name: agent });
    }
  }

  async function removeHomes(): Promise<void> {
    const purged = new Map<string, boolean>();
    for (const { id, labels } of await sandboxes.homes()) {
      const { room } = labels;
      if (room === undefined) continue;
      const isPurged = purged.get(room) ?? (await peekRoom(room, (seen) => seen.purged === true));
      purged.set(room, isPurged);
      if (isPurged) await removeHome(id, labels);
    }
  }

  async function removeHome(id: string, { room = "", agent = "" }: Record<string, string>): Promise<void> {
    logger.info({ sandbox: id, room, agent }, "the home of an agent is removed: its room was purged");
    await sandboxes.remove(id, { volumes: true });
    await options.closeSocket({ roomId: room, name: agent });
    await options.removeFiles({ roomId: room, name: agent });
  }

  return {
    start: () => void run(),
    stop() {
      isStopped = true;
      cancel();
    },
    async removeHomesOf(roomId) {
      const homes = (await sandboxes.homes()).filter(({ labels }) => labels.room === roomId);
      for (const { id, labels } of homes) await removeHome(id, labels);
      return homes.length;
    },
  };
}
