import type { RoomEvent } from "../event.js";
import { invalid, type Rejection } from "../rejection.js";
import type { Room } from "../room.js";

/** What `decide` needs to know besides the room: the time, and a hash (SHA-256 hex of the UTF-8 text). */
export interface DecideContext {
  nowMs: number;
  sha256: (text: string) => string;
}

/**
 * `accepted` without events: there was nothing to do. `duplicate`: this was done before, at `version`, and is not done again.
 */
export type Decision =
  | { kind: "accepted"; events: RoomEvent[] }
  | { kind: "duplicate"; version: number; messageId?: string }
  | { kind: "rejected"; rejection: Rejection };

/** Accepts with these events; none: nothing changes. */
export function accept(...events: RoomEvent[]): Decision {
  return { kind: "accepted", events };
}

/** Rejects; nothing changes. */
export function reject(rejection: Rejection): Decision {
  return { kind: "rejected", rejection };
}

/** Rejects an invalid value at `path` of the input. */
export function rejectInvalid(path: (string | number)[], message: string): Decision {
  return reject(invalid(path, message));
}

/** A rejection while the room does not exist or is closed. */
export function notOpen(room: Room): Rejection | undefined {
  if (room.status === "none") return { code: "room_not_found", detail: "there is no such room" };
  if (room.status !== "closed") return undefined;
  return { code: "room_closed", detail: "this room is closed: it can be read and exported, nothing can be added" };
}
