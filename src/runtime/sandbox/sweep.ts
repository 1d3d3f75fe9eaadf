import type { Room } from "../../core/room/room.js";
import { type UnusedHomesTimes, unusedHomesStep } from "../../core/room/unused-homes.js";
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
/** Interval of the check for rooms purged on another machine, or unused for long. It is long because the check reads every room. */
const homesEverySweeps = 60;

const purgedText = "its room was purged";

/** Removes sandboxes, sockets and homes of agents that are gone. */
export function createSandboxSweep(options: {
  sandboxes: Sandboxes;
  rooms: Pick<RoomService, "peek" | "execute">;
  /** When homes of open rooms are given up that nobody uses. */
  unusedHomes: UnusedHomesTimes;
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

  const peekRoom = <Seen>(roomId: string, look: (room: Room) => Seen) =>
    options.rooms.peek(roomId, look, { fresh: true });

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
    const ends = new Map<string, string | undefined>();
    for (const { id, labels } of await sandboxes.homes()) {
      const { room } = labels;
      if (room === undefined) continue;
      if (!ends.has(room)) ends.set(room, await whyRemoved(room));
      const why = ends.get(room);
      if (why !== undefined) await removeHome(id, { labels, why });
    }
  }

  /** Why the homes of a room are removed; undefined: they stay. The room says so before any of them is gone, so a process that ends in between goes on later. */
  async function whyRemoved(roomId: string): Promise<string | undefined> {
    const { unusedMs, noticeMs } = options.unusedHomes;
    const nowMs = clock.nowMs();
    const isDue = await peekRoom(roomId, (room) => unusedHomesStep(room, { unusedMs, noticeMs, nowMs }) !== undefined);
    if (isDue) await options.rooms.execute(roomId, { type: "homes.tick", unusedMs, noticeMs });
    return peekRoom(roomId, ({ purged, homes }) => {
      if (purged) return purgedText;
      return homes?.areGone ? "nobody used its room for long" : undefined;
    });
  }

  async function removeHome(
    id: string,
    { labels: { room = "", agent = "" }, why }: { labels: Record<string, string>; why: string },
  ): Promise<void> {
    logger.info({ sandbox: id, room, agent }, `the home of an agent is removed: ${why}`);
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
      for (const { id, labels } of homes) await removeHome(id, { labels, why: purgedText });
      return homes.length;
    },
  };
}
