import type { RoomCommit } from "./commit.js";
import type { RoomEvent } from "./event.js";
import { evolve } from "./evolve.js";
import type { Room } from "./room.js";

/** How far a stream is folded, and what the guard remembers: a room's, or that of a smaller state with a log of its own. */
export type FoldPlace = Pick<Room, "version" | "commitId" | "holes" | "voided">;

/**
 * Judges a commit on top of `room`. `next`: it has the next version and was decided on the last commit that counted. `superseded`: its
 * version is taken or its parent is wrong; it has no effect. `gap`: a later version, so the store lost commits in between; it counts,
 * unless it was decided on a superseded commit, as the third commit of a stale batch is. Thus a store that loses its guard in a crash
 * can hold duplicates, but readers agree on one history.
 */
export function judgeCommit(
  room: FoldPlace,
  commit: { version: number; parent: string },
): "next" | "superseded" | "gap" {
  if (commit.version > room.version + 1)
    return room.voided.some(({ id }) => id === commit.parent) ? "superseded" : "gap";
  const decidedOnLast = commit.parent === room.commitId || room.commitId === unreadableCommitId;
  return commit.version === room.version + 1 && decidedOnLast ? "next" : "superseded";
}

/** Applies a commit in place if it counts. `events` are its events with unknown ones left `undefined`. */
export function applyCommit(
  room: Room,
  commit: { id: string; version: number; parent: string; at: number },
  events: readonly (RoomEvent | undefined)[],
): "next" | "superseded" | "gap" {
  return advance(room, commit, () => {
    const place = { version: commit.version, index: 0, at: commit.at };
    for (const event of events) {
      if (event) evolve(room, event, place);
      place.index += 1;
    }
  });
}

/** Moves `place` past a commit, in place; `apply` runs only for one that counts, and before the version changes. */
export function advance(
  place: FoldPlace,
  commit: { id: string; version: number; parent: string },
  apply: () => void,
): "next" | "superseded" | "gap" {
  const judgement = judgeCommit(place, commit);
  if (judgement === "superseded") {
    rememberSuperseded(place, commit);
    return judgement;
  }
  if (judgement === "gap") place.holes += 1;
  apply();
  place.version = commit.version;
  place.commitId = commit.id;
  forgetSuperseded(place);
  return judgement;
}

/** Superseded commits ahead of the head that a room remembers. Only the latest of a stale batch can be a parent of a later commit. */
const maxSuperseded = 100;

function rememberSuperseded(room: FoldPlace, { id, version }: { id: string; version: number }): void {
  if (version <= room.version || room.voided.some((known) => known.id === id)) return;
  room.voided.push({ id, version });
  if (room.voided.length > maxSuperseded) room.voided.shift();
}

/** The child of a void commit whose version is taken is judged by its parent. */
function forgetSuperseded(room: FoldPlace): void {
  if (room.voided.length > 0) room.voided = room.voided.filter(({ version }) => version > room.version);
}

/** An entry that cannot be read but whose version is known takes its place; its id is not known, so any parent fits the next commit. */
export function applyUnreadable(room: FoldPlace, version: number | undefined): void {
  if (version === undefined || version <= room.version) return;
  if (version > room.version + 1) room.holes += 1;
  room.version = version;
  room.commitId = unreadableCommitId;
  forgetSuperseded(room);
}

/** Stands for the id of a commit that could not be read. */
export const unreadableCommitId = "?";

/** Folds commits known to be readable. */
export function foldCommits(room: Room, commits: Iterable<RoomCommit>): Room {
  for (const commit of commits) applyCommit(room, commit, commit.events);
  return room;
}
