import { setImmediate as endOfTurn } from "node:timers/promises";
import type { Clock } from "../../ports/clock.js";
import type { FleetCalls } from "../../ports/fleet-calls.js";
import type { Wakeups } from "../../ports/wakeups.js";
import type { RoomCache } from "./cache.js";
import { enqueue, type InFlight, nothingInFlight, takeBatch } from "./in-flight.js";
import { homeOfPool } from "./placement.js";
import { maxSharedCommits, type NewsHeard, type RoomNews, recentAfter } from "./room-news.js";
import type { ToldVersions } from "./told-versions.js";
import type { WakeAgents } from "./wake.js";

/** A reader at another process, and the version before the first commit that concerns it. */
interface Woken {
  roomId: string;
  afterVersion: number;
  reader: string;
}

/** Without an answer within this time the readers are woken through the wake-ups that all processes share. */
const timeoutMs = 500;
/** How long a process that did not answer is woken only that way. */
const leaveAloneMs = 3_000;

/**
 * Wakes agents where they are at home. Another process hears at once which of its readers have something to do, together with the commits it lacks, so that
 * it reads neither a queue nor the log. If it does not answer, the shared wake-ups are used. One call per process is under way at a time: what happens
 * meanwhile goes with the next one.
 */
export function createWakeHomes(options: {
  calls: Pick<FleetCalls, "call">;
  wakeups: Wakeups;
  cache: Pick<RoomCache, "get">;
  told: ToldVersions;
  /** Name of this process. */
  node: string;
  clock: Clock;
  /** Parley's version. */
  parley: string;
}): WakeAgents {
  const { calls, wakeups, cache, told, node, clock, parley } = options;
  const inFlight = new Map<string, InFlight<Woken>>();
  const silentUntilMs = new Map<string, number>();

  function tell(home: string, woken: Woken): void {
    const { next, startsWriter } = enqueue(inFlight.get(home) ?? nothingInFlight, woken);
    inFlight.set(home, next);
    if (startsWriter) void tellAll(home);
  }

  async function tellAll(home: string): Promise<void> {
    for (;;) {
      // Commits of the same turn of the event loop share a call.
      await endOfTurn();
      const { next, batch } = takeBatch(inFlight.get(home) ?? nothingInFlight);
      inFlight.set(home, next);
      if (batch.length === 0) break;
      const news = byRoom(batch).map((one) => newsOf(home, one));
      for (const some of inCalls(news)) await send(home, some);
    }
    inFlight.delete(home);
  }

  function newsOf(home: string, { roomId, afterVersion, readers }: WokenRoom): RoomNews["news"][number] {
    const live = cache.get(roomId);
    const commits = recentAfter(live?.recent ?? [], told.get(home, roomId) ?? afterVersion);
    return { roomId, version: live?.durableVersion ?? afterVersion + 1, ...(commits && { commits }), readers };
  }

  async function send(home: string, news: RoomNews["news"]): Promise<void> {
    const request: RoomNews = { parley, news };
    const answer = (await calls.call(home, request, { timeoutMs }).catch(() => undefined)) as NewsHeard | undefined;
    if (answer?.kind === "heard") {
      for (const [roomId, version] of Object.entries(answer.versions)) told.note(home, roomId, version);
      return;
    }
    silentUntilMs.set(home, clock.monotonicMs() + leaveAloneMs);
    for (const reader of news.flatMap(({ readers }) => readers)) wakeups.wake(reader);
  }

  return ({ roomId, first }, readers) => {
    for (const reader of readers) {
      const home = homeOfPool(reader.slice(0, reader.indexOf("/")));
      const isSilent = home !== undefined && (silentUntilMs.get(home) ?? 0) > clock.monotonicMs();
      if (home === undefined || home === node || isSilent) wakeups.wake(reader);
      else tell(home, { roomId, afterVersion: first - 1, reader });
    }
  };
}

interface WokenRoom {
  roomId: string;
  afterVersion: number;
  readers: readonly string[];
}

/** Each room once, with its readers, each once. */
function byRoom(batch: readonly Woken[]): WokenRoom[] {
  const rooms = new Map<string, { afterVersion: number; readers: Set<string> }>();
  for (const { roomId, afterVersion, reader } of batch) {
    const room = rooms.get(roomId) ?? { afterVersion, readers: new Set() };
    rooms.set(roomId, room);
    room.readers.add(reader);
  }
  return Array.from(rooms, ([roomId, { afterVersion, readers }]) => ({ roomId, afterVersion, readers: [...readers] }));
}

/** Divides news into calls, so that one has about as many commits as one room may. */
function inCalls(news: RoomNews["news"]): RoomNews["news"][] {
  const parts: RoomNews["news"][number][][] = [[]];
  let count = 0;
  for (const one of news) {
    count += one.commits?.length ?? 0;
    if (count > maxSharedCommits && parts.at(-1)?.length) {
      parts.push([]);
      count = one.commits?.length ?? 0;
    }
    parts.at(-1)?.push(one);
  }
  return parts;
}
