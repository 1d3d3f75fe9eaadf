import type { ActivityFrame, RoomFrame } from "../../../src/protocol/events.js";

/** A member of a request, as its path, and why it was refused. */
export interface FieldIssue {
  path: readonly (string | number)[];
  message: string;
}

/** The reason a call failed, from `application/problem+json`; `status` 0 without an answer. */
export interface CallProblem {
  status: number;
  code: string;
  detail: string;
  /** The person who decided first, for `gate_already_resolved`. */
  by?: string;
  outcome?: string;
  /** A free name, for `name_taken`. */
  suggestion?: string;
  retryAfterS?: number;
  /** The members of the request that were refused, for `invalid`. */
  issues?: readonly FieldIssue[];
  /** Whose the cookie of this browser is by now, for `not_you`. */
  you?: string;
}

/** The outcome of a call to the server. */
export type Result<T> = { ok: true; value: T } | { ok: false; problem: CallProblem };

/** Whether a frame says what an agent does right now; every other frame is an event of the room's log. */
export function isActivity(frame: RoomFrame): frame is ActivityFrame {
  return frame.type.startsWith("activity.");
}
