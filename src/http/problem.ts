import type { Issue, Rejection, RejectionCode } from "../core/room/rejection.js";
import { PortError } from "../ports/port-error.js";

/** Problems of the protocol itself, beside the core's rejections. */
export type HttpProblemCode =
  | "not_json"
  | "unauthorized"
  | "wrong_origin"
  | "not_found"
  | "not_you"
  | "token_not_found"
  | "too_large"
  | "unavailable"
  | "internal";

export type ProblemCode = RejectionCode | HttpProblemCode;

/** The one table of statuses. */
export const problems: Readonly<Record<ProblemCode, { status: number; title: string }>> = {
  not_json: { status: 400, title: "The body is not JSON" },
  unauthorized: { status: 401, title: "No valid token" },
  forbidden: { status: 403, title: "Your role does not allow this" },
  wrong_origin: { status: 403, title: "The request comes from another site" },
  not_found: { status: 404, title: "There is no such address" },
  room_not_found: { status: 404, title: "No such room" },
  participant_not_found: { status: 404, title: "No such participant" },
  gate_not_found: { status: 404, title: "No such gate" },
  invite_invalid: { status: 404, title: "The code does not open a room" },
  invite_not_found: { status: 404, title: "No such invite" },
  token_not_found: { status: 404, title: "No such token" },
  not_you: { status: 409, title: "Somebody else is signed in here" },
  room_exists: { status: 409, title: "The room exists already" },
  room_closed: { status: 409, title: "The room is closed" },
  room_open: { status: 409, title: "The room is not closed" },
  name_taken: { status: 409, title: "The name is taken" },
  idempotency_key_reused: { status: 409, title: "The Idempotency-Key was used for another request" },
  gate_already_resolved: { status: 409, title: "Somebody else was first" },
  gate_changed: { status: 409, title: "The gate is not what was shown" },
  format_not_raised: { status: 409, title: "Not every process knows this yet" },
  limit_reached: { status: 409, title: "A limit is reached" },
  turn_not_open: { status: 409, title: "The turn is not open" },
  nothing_to_start: { status: 409, title: "There is nothing to start" },
  too_large: { status: 413, title: "The body is too large" },
  invalid: { status: 422, title: "The request is not valid" },
  rate_limited: { status: 429, title: "Too much in a short time" },
  internal: { status: 500, title: "Something is broken in Parley" },
  unavailable: { status: 503, title: "The log cannot be written" },
};

/** What the caller is told. `more` are members of its own code (`by`, `suggestion`, `issues`). */
export interface Problem {
  code: ProblemCode;
  detail: string;
  more?: Readonly<Record<string, unknown>>;
  retryAfterSeconds?: number;
}

/** Thrown by handlers; turned into a response in one place. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

/** The same for a room that does not exist and for one that is not the caller's. */
export const roomNotFound: Problem = {
  code: "room_not_found",
  detail: "There is no such room, or your token is for another one.",
};

export const unauthorized: Problem = {
  code: "unauthorized",
  detail: "Send Authorization: Bearer <token> with a token of this room that has not expired or been revoked.",
};

export function rejected(rejection: Rejection): ProblemError {
  if (rejection.code === "rate_limited") {
    const retryAfterSeconds = Math.max(1, Math.ceil(rejection.retryAfterMs / 1_000));
    return new ProblemError({ code: rejection.code, detail: rejection.detail, retryAfterSeconds });
  }
  const { code, detail, ...more } = rejection;
  return new ProblemError(code === "room_not_found" ? roomNotFound : { code, detail, more });
}

export function invalidRequest(issues: readonly Issue[]): ProblemError {
  const [first] = issues;
  const where = first && first.path.length > 0 ? `${first.path.join(".")}: ` : "";
  return new ProblemError({ code: "invalid", detail: `${where}${first?.message ?? "invalid"}`, more: { issues } });
}

/** What the caller learns of an error; undefined for a bug, of which it learns nothing. */
export function problemOfError(error: unknown): Problem | undefined {
  if (error instanceof ProblemError) return error.problem;
  if (!(error instanceof PortError) || error.code === "refused") return undefined;
  const detail = `Nothing is known to be stored. Try again in a moment; with the same Idempotency-Key nothing happens twice. (${error.code})`;
  return { code: "unavailable", detail, retryAfterSeconds: Math.ceil((error.retryAfterMs ?? 1_000) / 1_000) };
}

export const internalProblem: Problem = {
  code: "internal",
  detail: "This is a fault of Parley, not of your request. The log has more under this requestId.",
};

/** RFC 9457. */
export function problemResponse(problem: Problem, requestId: string): Response {
  const { status, title } = problems[problem.code];
  const { code, detail, more, retryAfterSeconds } = problem;
  const body = { type: `urn:parley:problem:${code}`, title, status, code, detail, ...more, requestId };
  const headers: Record<string, string> = { "Content-Type": "application/problem+json" };
  if (retryAfterSeconds !== undefined) headers["Retry-After"] = String(retryAfterSeconds);
  return new Response(JSON.stringify(body), { status, headers });
}
