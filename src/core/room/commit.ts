import type { RoomEvent } from "./event.js";
import { parseEvent } from "./parse-event.js";

/** What any stream stores: an envelope and 1..n events decided together. Times are Unix milliseconds. */
export interface Commit<Event extends { type: string } = { type: string }> {
  /** Unique; an append that is tried again carries the same id, so it cannot count twice. */
  id: string;
  /** 1 for the first commit of a stream. */
  version: number;
  /** Id of the commit this one was decided on; `""` for the first. */
  parent: string;
  /** When it was decided, Unix ms by the writer's clock: for people, never for order. */
  at: number;
  /** Author: a participant's name, `admin` or `parley`. */
  by: string;
  /** Id of the request or output that led to it. */
  cause?: string;
  events: Event[];
}

/** A commit of a room’s stream. */
export type RoomCommit = Commit<RoomEvent>;

/** A commit as this version can read it; `unreadable` says why it cannot. */
export type ParsedCommit =
  | { kind: "ok"; commit: Commit; events: (RoomEvent | undefined)[] }
  | { kind: "unreadable"; reason: string };

/** True when `value` has the envelope of a commit; says nothing of its events. */
export function isCommit(value: unknown): value is Commit {
  if (typeof value !== "object" || value === null) return false;
  const commit = value as Partial<Commit>;
  return (
    typeof commit.id === "string" &&
    Number.isSafeInteger(commit.version) &&
    typeof commit.parent === "string" &&
    typeof commit.at === "number" &&
    typeof commit.by === "string" &&
    Array.isArray(commit.events) &&
    commit.events.length > 0 &&
    commit.events.every((event) => typeof event === "object" && event !== null && typeof event.type === "string")
  );
}

/** Reads a room's commit. Events of unknown types are `undefined` in `events` and kept in `commit`. `unreadable` if it is not a commit, or if a known event has wrong fields; never throws. */
export function parseRoomCommit(value: unknown): ParsedCommit {
  if (!isCommit(value)) return { kind: "unreadable", reason: "not a commit" };
  const events: (RoomEvent | undefined)[] = [];
  for (const stored of value.events) {
    const parsed = parseEvent(stored);
    if (parsed.kind === "unreadable") return { kind: "unreadable", reason: parsed.reason };
    events.push(parsed.kind === "known" ? parsed.event : undefined);
  }
  return { kind: "ok", commit: value, events };
}
