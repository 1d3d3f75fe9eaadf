import { parseRoomCommit } from "../../core/room/commit.js";
import type { EventOf, RoomEvent } from "../../core/room/event.js";
import type { OpenGate } from "../../core/room/room.js";
import type { EventLog } from "../../ports/event-log.js";
import { PortError } from "../../ports/port-error.js";
import type { LiveRoom } from "./live.js";

/** The events of a commit; undefined where an event is of a later version of Parley. */
export type ReadEvents = readonly (RoomEvent | undefined)[];

/** Versions at most this far apart are read together: what lies between them costs less than another read. */
const maxGap = 32;
/** Versions one read may span. Keeps a page of large commits small. */
const maxSpan = 256;
const maxPageChars = 4 * 1_024 * 1_024;

/** The first and last version of one read. */
export interface VersionRange {
  first: number;
  last: number;
}

/** The fewest ranges of versions that hold all of these, neighbours together. */
export function rangesOf(versions: Iterable<number>): VersionRange[] {
  const ranges: VersionRange[] = [];
  for (const version of [...new Set(versions)].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range && version - range.last <= maxGap && version - range.first < maxSpan) range.last = version;
    else ranges.push({ first: version, last: version });
  }
  return ranges;
}

/**
 * The events of a room's commits by version, from memory where they are recent, otherwise with one read of the log for each
 * range of versions that are near each other. A version that cannot be read is absent. Rejects with a `PortError` (`unavailable`) when the room in memory has a
 * commit that the log does not show now: a copy of the log may be behind what other processes told this one.
 */
export async function readCommits(
  versions: Iterable<number>,
  { roomId, live, eventLog }: { roomId: string; live: LiveRoom | undefined; eventLog: EventLog },
): Promise<Map<number, ReadEvents>> {
  const found = new Map<number, ReadEvents>();
  const missing: number[] = [];
  for (const version of versions) {
    const recent = recentEvents(live, version);
    if (recent) found.set(version, recent);
    else missing.push(version);
  }
  const wanted = new Set(missing);
  const readRange = async ({ first, last }: VersionRange) => {
    for (let after = first - 1; after < last; ) {
      const bounds = { after, before: last + 1, limit: last - after, maxChars: maxPageChars };
      const entries = await eventLog.read(`room/${roomId}`, bounds);
      for (const entry of entries) {
        after = Math.max(after, entry.version ?? 0);
        const parsed = entry.kind === "commit" && wanted.has(entry.version) ? parseRoomCommit(entry.commit) : entry;
        if (parsed.kind === "ok" && !found.has(parsed.commit.version)) found.set(parsed.commit.version, parsed.events);
      }
      if (entries.length === 0 || after === bounds.after) return;
    }
  };
  await Promise.all(rangesOf(missing).map(readRange));
  const absent = missing.filter((version) => !found.has(version));
  if (absent.length === 0) return found;
  const head = (await eventLog.head(`room/${roomId}`))?.version ?? 0;
  if (absent.some((version) => version > head && version <= (live?.durableVersion ?? 0))) throw behind();
  await Promise.all(rangesOf(absent.filter((version) => version <= head)).map(readRange));
  return found;
}

const behind = () =>
  new PortError("the log does not show everything yet that this process knows to be in it; try again", {
    code: "unavailable",
    retryable: true,
  });

function recentEvents(live: LiveRoom | undefined, version: number): ReadEvents | undefined {
  const first = live?.recent[0]?.version ?? Number.POSITIVE_INFINITY;
  const recent = version >= first ? live?.recent[version - first] : undefined;
  return recent?.version === version ? recent.events : undefined;
}

/** Where an open gate stands in the log, and what was shown under which hash. */
export type GatePlace = Pick<OpenGate, "gateId" | "hash" | "version" | "index">;

/** The event that opened a gate, from the commits that were read; undefined if it is missing, or if its id or hash differs. */
export function openedIn(
  commits: ReadonlyMap<number, ReadEvents>,
  { gateId, hash, version, index }: GatePlace,
): EventOf<"gate.opened"> | undefined {
  const event = commits.get(version)?.[index];
  return event?.type === "gate.opened" && event.gateId === gateId && event.hash === hash ? event : undefined;
}
