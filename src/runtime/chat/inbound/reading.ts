/**
 * How far the histories of a platform's threads were read. A period begins when the connection is lost and again when it is
 * back; in each, a thread is current once its missed messages are in. Pure: every change gives a new value.
 */
export interface HistoryReading {
  /** Number of the period, counted from 1. */
  readonly period: number;
  /** By thread key: the last period in which its history was read. */
  readonly readIn: ReadonlyMap<string, number>;
  /** By thread key: the last period in which waiting for its history was given up. */
  readonly givenUpIn: ReadonlyMap<string, number>;
  /** Threads in which live messages wait, in the order in which they began to wait. */
  readonly wanted: readonly string[];
}

/** No history was read: nothing is current. */
export const emptyReading: HistoryReading = { period: 1, readIn: new Map(), givenUpIn: new Map(), wanted: [] };

/** The connection is lost, or back: from now on no thread is current. */
export function beginPeriod(reading: HistoryReading): HistoryReading {
  return { ...reading, period: reading.period + 1 };
}

/** The history of a thread was read by a call that began in `period`. */
export function markRead(reading: HistoryReading, thread: string, period: number): HistoryReading {
  const last = Math.max(period, reading.readIn.get(thread) ?? 0);
  const isCurrent = last >= reading.period;
  return {
    ...reading,
    readIn: new Map(reading.readIn).set(thread, last),
    wanted: isCurrent ? without(reading.wanted, thread) : reading.wanted,
  };
}

/** Stops live messages of a thread from waiting for its history in this period. */
export function giveUp(reading: HistoryReading, thread: string): HistoryReading {
  return {
    ...reading,
    givenUpIn: new Map(reading.givenUpIn).set(thread, reading.period),
    wanted: without(reading.wanted, thread),
  };
}

/** A live message waits for the history of this thread. */
export function want(reading: HistoryReading, thread: string): HistoryReading {
  return reading.wanted.includes(thread) ? reading : { ...reading, wanted: [...reading.wanted, thread] };
}

/** True if the history of this thread was read in this period. */
export function isRead({ period, readIn }: HistoryReading, thread: string): boolean {
  return (readIn.get(thread) ?? 0) >= period;
}

/** True if live messages of this thread need not wait. */
export function isCurrent(reading: HistoryReading, thread: string): boolean {
  return isRead(reading, thread) || (reading.givenUpIn.get(thread) ?? 0) >= reading.period;
}

/** Threads still to be read in this period, those with waiting messages first. */
export function stillToRead(reading: HistoryReading, threads: readonly string[]): string[] {
  const left = new Set(threads.filter((thread) => !isRead(reading, thread)));
  const first = reading.wanted.filter((thread) => left.delete(thread));
  return [...first, ...left];
}

const without = (list: readonly string[], one: string): string[] => list.filter((other) => other !== one);
