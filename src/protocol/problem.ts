import { z } from "zod";
import type { RejectionCode } from "../core/room/rejection.js";

/** Problems of the protocol itself, beside the core's rejections. */
export type HttpProblemCode =
  | "not_json"
  | "unauthorized"
  | "wrong_origin"
  | "wrong_host"
  | "not_found"
  | "not_you"
  | "token_not_found"
  | "turn_not_found"
  | "too_large"
  | "work_not_found"
  | "work_refused"
  | "work_away"
  | "file_too_large"
  | "file_unsupported"
  | "file_not_found"
  | "upload_cut_off"
  | "range_not_satisfiable"
  | "quota"
  | "unavailable"
  | "internal";

/** Every code that a problem document can have. Clients decide by it, not by the status. */
export type ProblemCode = RejectionCode | HttpProblemCode;

/** The one table of statuses. */
export const problems: Readonly<Record<ProblemCode, { status: number; title: string }>> = {
  not_json: { status: 400, title: "The body is not JSON" },
  upload_cut_off: { status: 400, title: "The file did not arrive whole" },
  unauthorized: { status: 401, title: "No valid token" },
  forbidden: { status: 403, title: "Your role does not allow this" },
  wrong_origin: { status: 403, title: "The request comes from another site" },
  not_found: { status: 404, title: "There is no such address" },
  room_not_found: { status: 404, title: "No such room" },
  participant_not_found: { status: 404, title: "No such participant" },
  gate_not_found: { status: 404, title: "No such gate" },
  invite_invalid: { status: 404, title: "The code does not open a room" },
  invite_not_found: { status: 404, title: "No such invite" },
  file_not_found: { status: 404, title: "No such file" },
  token_not_found: { status: 404, title: "No such token" },
  work_not_found: { status: 404, title: "There is no such file in the work folder" },
  turn_not_found: { status: 404, title: "No such turn" },
  not_you: { status: 409, title: "Somebody else is signed in here" },
  room_exists: { status: 409, title: "The room exists already" },
  room_closed: { status: 409, title: "The room is closed" },
  room_open: { status: 409, title: "The room is not closed" },
  name_taken: { status: 409, title: "The name is taken" },
  idempotency_key_reused: { status: 409, title: "The Idempotency-Key was used for another request" },
  gate_already_resolved: { status: 409, title: "Somebody else was first" },
  gate_changed: { status: 409, title: "The gate is not what was shown" },
  setup_changed: { status: 409, title: "The set-up is not what was shown" },
  format_not_raised: { status: 409, title: "Not every process knows this yet" },
  limit_reached: { status: 409, title: "A limit is reached" },
  turn_not_open: { status: 409, title: "The turn is not open" },
  nothing_to_retry: { status: 409, title: "There is nothing to deliver again" },
  nothing_to_withdraw: { status: 409, title: "The message cannot be taken back any more" },
  nothing_to_start: { status: 409, title: "There is nothing to start" },
  work_refused: { status: 409, title: "This is not read" },
  too_large: { status: 413, title: "The body is too large" },
  file_too_large: { status: 413, title: "The file is too large" },
  file_unsupported: { status: 415, title: "The file cannot be taken" },
  range_not_satisfiable: { status: 416, title: "The file has no such bytes" },
  wrong_host: { status: 421, title: "The request is for another site" },
  invalid: { status: 422, title: "The request is not valid" },
  rate_limited: { status: 429, title: "Too much in a short time" },
  internal: { status: 500, title: "Something is broken in Parley" },
  unavailable: { status: 503, title: "The log cannot be written" },
  work_away: { status: 503, title: "The work folder cannot be reached now" },
  quota: { status: 507, title: "There is no space for more files" },
};

/** Every code, in the order of the table. */
export const problemCodes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]];

/** One thing wrong with a request: where (path of keys) and what would be right. */
export const issue = z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() });

/** Body of every unsuccessful answer: `application/problem+json` (RFC 9457). */
export const problemDocument = z.object({
  /** `urn:parley:problem:<code>`. */
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(problemCodes),
  /** A sentence for a person. */
  detail: z.string(),
  /** The request's `X-Request-Id`, under which the server's log has more. */
  requestId: z.string(),
  /** `invalid`: what is wrong where. */
  issues: z.array(issue).exactOptional(),
  /** `gate_already_resolved`: the person who decided. */
  by: z.string().exactOptional(),
  /** `gate_already_resolved`: how the gate ended. */
  outcome: z.string().exactOptional(),
  /** `name_taken`: a name that is free. */
  suggestion: z.string().exactOptional(),
  /** `not_you`: whose the token or cookie is. */
  you: z.string().exactOptional(),
});
/** A problem document as a client reads it; `code` is the member to decide by. */
export type ProblemDocument = z.input<typeof problemDocument>;
