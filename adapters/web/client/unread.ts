import { comparePlaces, type EventPlace, isAfter } from "../../../src/core/room/position.js";
import type { TimelineEntry } from "./room-state.js";

/** A reader's progress in a room. */
export interface ReadingProgress {
  /** Last place seen; undefined before the first look. */
  seen: EventPlace | undefined;
  /** Id of the first message that came while the page was hidden; stays as a mark until the page is hidden again. */
  unreadFrom: string | undefined;
  isPresent: boolean;
}

export const nothingRead: ReadingProgress = { seen: undefined, unreadFrom: undefined, isPresent: true };

/** The progress of somebody who opens the room and had `seen` it up to a place, if ever: what came since is marked. */
export function readingFrom(
  seen: EventPlace | undefined,
  { entries, me }: { entries: readonly TimelineEntry[]; me: string },
): ReadingProgress {
  return { ...nothingRead, seen, unreadFrom: unseen(entries, { seen, me })[0]?.id };
}

/**
 * Called after the messages or the page's visibility changed. Returns the same object when nothing changed. `isPresent`: the newest message is in sight;
 * a page that is not hidden and shows earlier messages keeps its mark.
 */
export function readAfter(
  reading: ReadingProgress,
  {
    entries,
    me,
    isPresent,
    isHidden = !isPresent,
  }: { entries: readonly TimelineEntry[]; me: string; isPresent: boolean; isHidden?: boolean },
): ReadingProgress {
  const last = entries.at(-1);
  const leaves = reading.isPresent && !isPresent;
  if (isPresent || leaves || reading.seen === undefined) {
    const unreadFrom = leaves && isHidden ? undefined : reading.unreadFrom;
    const seen = last ? { version: last.version, index: last.index } : reading.seen;
    const isSame =
      reading.isPresent === isPresent && reading.unreadFrom === unreadFrom && samePlace(seen, reading.seen);
    return isSame ? reading : { seen, unreadFrom, isPresent };
  }
  if (reading.unreadFrom !== undefined) return reading;
  const unreadFrom = unseen(entries, { seen: reading.seen, me })[0]?.id;
  return unreadFrom === undefined ? reading : { ...reading, unreadFrom };
}

/** Messages of others after the last one seen. */
export function unseen(
  entries: readonly TimelineEntry[],
  { seen, me }: { seen: EventPlace | undefined; me: string },
): TimelineEntry[] {
  const found: TimelineEntry[] = [];
  for (let at = entries.length - 1; at >= 0; at -= 1) {
    const entry = entries[at];
    if (!entry || !seen || !isAfter(entry, seen)) break;
    if (entry.kind === "message" && entry.from !== me) found.unshift(entry);
  }
  return found;
}

function samePlace(a: EventPlace | undefined, b: EventPlace | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && comparePlaces(a, b) === 0);
}
