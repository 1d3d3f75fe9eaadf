import type { RoomEvent } from "./event.js";

/**
 * The number of the log's format. It is raised for a commit that an older version could not fold as it is meant. What an older version passes over without
 * harm (an event of a new type, a new optional field that changes nothing) needs no new number.
 */
export const formatMeanings: Readonly<Record<number, string>> = {
  1: "rooms as the first version wrote them",
  2: "gates with content beside their text, answers by question, and votes",
};

/** The number of a log that says none. */
export const firstFormat = 1;

/** The highest number this version reads and writes. */
export const knownFormat = 2;

/** The lowest number of the log with which these events may be written. */
export function formatNeededBy(events: readonly RoomEvent[]): number {
  return events.some(needsFormat2) ? 2 : firstFormat;
}

/** A version that knows 1 alone would decide such a gate by a hash that leaves out the content, drop the answers, or decide without the votes. */
function needsFormat2(event: RoomEvent): boolean {
  if (event.type === "gate.opened") return event.content !== undefined;
  if (event.type === "gate.resolved") return event.choices !== undefined;
  return event.type === "gate.voted";
}
