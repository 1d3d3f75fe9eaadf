/** Journal entries that are missing because they could not be stored. Immutable. */
export interface JournalGaps {
  /** Number of entries lost at the end of each journal, by stream. Removed once the journal is written to again. */
  readonly lost: ReadonlyMap<string, number>;
  /** When a room was last told, Unix ms. */
  readonly toldAtMs: ReadonlyMap<string, number>;
}

/** A room is told at most once in this time, however often storing fails. */
const toldAgainAfterMs = 3_600_000;

/** No gaps. */
export const noGaps: JournalGaps = { lost: new Map(), toldAtMs: new Map() };

/** The gaps after `entries` of a journal were lost. `isFirst`: none was lost before, so this is to be logged; `isRoomToTell`: it has not heard of it in the last hour. */
export function withLoss(
  { lost, toldAtMs }: JournalGaps,
  { stream, roomId, entries, nowMs }: { stream: string; roomId: string; entries: number; nowMs: number },
): { gaps: JournalGaps; isFirst: boolean; isRoomToTell: boolean } {
  const recent = [...toldAtMs].filter(([, atMs]) => nowMs - atMs < toldAgainAfterMs);
  const isRoomToTell = !recent.some(([told]) => told === roomId);
  return {
    gaps: {
      lost: new Map(lost).set(stream, (lost.get(stream) ?? 0) + entries),
      toldAtMs: new Map(isRoomToTell ? [...recent, [roomId, nowMs]] : recent),
    },
    isFirst: lost.size === 0,
    isRoomToTell,
  };
}

/** The gaps after a journal was written to, its own gap named in it. */
export function withoutLoss(gaps: JournalGaps, stream: string): JournalGaps {
  if (!gaps.lost.has(stream)) return gaps;
  return { ...gaps, lost: new Map([...gaps.lost].filter(([other]) => other !== stream)) };
}

/** The text in a journal where entries are missing. */
export function gapText(entries: number): string {
  return `${entries === 1 ? "1 entry is" : `${entries} entries are`} missing here: Parley could not store this record at that time.`;
}

/** The text for the room. */
export function lossText(why: string): string {
  return `What agents do in their turns cannot be recorded now; their messages are delivered as before. ${why}`;
}
