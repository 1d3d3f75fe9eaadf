import { agentReader, outboundReader, timerDueAtMs, timerReader } from "../../core/room/react.js";
import { hasReasonToStart, isOpen, presentAgents, type Room } from "../../core/room/room.js";
import { snapshotSchema } from "../../core/room/snapshot.js";
import { isExternal } from "../../core/values/external-runtime.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Logger } from "../../ports/logger.js";
import type { Snapshots } from "../../ports/snapshots.js";
import type { Wakeups } from "../../ports/wakeups.js";
import type { PoolOf } from "./placement.js";
import type { RoomService } from "./service.js";

/** The sweep's knowledge of a room without loading it. */
interface Seen {
  version: number;
  open: boolean;
  dueAtMs?: number;
}

/** Finds rooms with work whose wake-up was lost. */
export interface Sweep {
  /** Visits every room whose head moved or where something is open or due; finds again what a lost wake-up forgot. */
  run(): Promise<{ rooms: number; visited: number }>;
  /** Runs now and then every `everyMs` (default 5 s) until the returned function is called. */
  start(everyMs?: number): () => Promise<void>;
}

/** A sweep over all rooms of the log. */
export function createSweep(options: {
  eventLog: EventLog;
  snapshots: Snapshots;
  wakeups: Wakeups;
  rooms: RoomService;
  clock: Clock;
  logger: Logger;
  poolOf: PoolOf;
}): Sweep {
  const { eventLog, snapshots, wakeups, rooms, clock, logger } = options;
  let seen: Map<string, Seen> | undefined;

  async function run(): Promise<{ rooms: number; visited: number }> {
    seen ??= await fromHeaders();
    const streams = await eventLog.streams("room/");
    let visited = 0;
    for (const { stream, version } of streams) {
      const known = seen.get(stream);
      if (known && known.version === version && !known.open && !isDue(known)) continue;
      seen.set(stream, await visit(stream.slice("room/".length), version));
      visited += 1;
    }
    return { rooms: streams.length, visited };
  }

  /** Rooms nothing happened in since their snapshot need no visit, also after a restart. */
  async function fromHeaders(): Promise<Map<string, Seen>> {
    const headers = await snapshots.headers("room/");
    const current = headers.filter(({ schema }) => schema === snapshotSchema);
    return new Map(
      current.map(({ stream, version, open, dueAtMs }) => [
        stream,
        dueAtMs === undefined ? { version, open } : { version, open, dueAtMs },
      ]),
    );
  }

  function isDue({ dueAtMs }: Seen): boolean {
    return dueAtMs !== undefined && dueAtMs <= clock.nowMs();
  }

  /** Others may have written: what is in memory has to be as new as the head that was seen. */
  async function visit(roomId: string, atLeast: number): Promise<Seen> {
    const look = (room: Room): Seen => {
      for (const reader of readersWithWork(room, options.poolOf)) wakeups.wake(reader);
      const dueAtMs = timerDueAtMs(room);
      if (dueAtMs !== undefined) wakeups.wake(timerReader(roomId), { delayMs: Math.max(0, dueAtMs - clock.nowMs()) });
      const found = { version: room.version, open: isOpen(room) };
      return dueAtMs === undefined ? found : { ...found, dueAtMs };
    };
    return rooms.peek(roomId, look, { atLeast });
  }

  function start(everyMs = 5_000): () => Promise<void> {
    let stopped = false;
    let cancel = () => {};
    let running: Promise<unknown> = Promise.resolve();
    const next = () => {
      running = run()
        .catch((error: unknown) => logger.error({ error }, "the sweep failed; it runs again in a moment"))
        .finally(() => {
          if (!stopped) cancel = clock.after(everyMs, next);
        });
    };
    next();
    return async () => {
      stopped = true;
      cancel();
      await running;
    };
  }

  return { run, start };
}

function readersWithWork(room: Room, poolOf: PoolOf): string[] {
  const own = presentAgents(room).filter((agent) => !isExternal(agent));
  const agents = own.filter((agent) => agent.turn || hasReasonToStart(room, agent));
  return [
    ...agents.map((agent) => agentReader(room.roomId, agent.name, poolOf(room, agent.name))),
    ...Array.from(room.mirrors.values(), outboundReader),
  ];
}
