/** Position of an event in a log: the version of its commit and its index there, counted from 0. */
export interface EventPlace {
  version: number;
  index: number;
}

/** A place in a log: an event, a chunk of one that is shown in parts, or the end of a whole commit. Pure. */
export interface LogPlace {
  version: number;
  /** Counted from 0. Absent: behind the whole commit. */
  index?: number;
  /** Counted from 0. Absent: behind the whole event. */
  chunk?: number;
}

/**
 * The one order of places in a log, for sorting: negative where `a` comes before `b`, 0 where they are the same place. What is absent is
 * behind everything that is counted; `Infinity` says the same.
 */
export function comparePlaces(a: LogPlace, b: LogPlace): number {
  return compare(a.version, b.version) || compare(a.index, b.index) || compare(a.chunk, b.chunk);
}

/** Whether `place` comes after `position`; the same place does not. */
export function isAfter(place: LogPlace, position: LogPlace): boolean {
  return comparePlaces(place, position) > 0;
}

/** Without subtraction: Infinity - Infinity is not a number. */
function compare(a = Number.POSITIVE_INFINITY, b = Number.POSITIVE_INFINITY): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
