import type { Issue, Rejection } from "../core/room/rejection.js";
import { PortError } from "../ports/port-error.js";
import { type ProblemCode, problems } from "../protocol/problem.js";

/** The answer to the caller. `more` are members of its own code (`by`, `suggestion`, `issues`). */
export interface HttpProblem {
  code: ProblemCode;
  detail: string;
  more?: Readonly<Record<string, unknown>>;
  retryAfterSeconds?: number;
}

/** Thrown by handlers; turned into a response in one place. */
export class HttpProblemError extends Error {
  readonly problem: HttpProblem;

  constructor(problem: HttpProblem) {
    super(problem.detail);
    this.name = "HttpProblemError";
    this.problem = problem;
  }
}

/** The same for a room that does not exist and for one that is not the caller's. */
export const roomNotFound: HttpProblem = {
  code: "room_not_found",
  detail: "There is no such room, or your token is for another one.",
};

/** There is no such agent in a room that the caller may see. */
export const agentNotFound = (): HttpProblemError =>
  new HttpProblemError({ code: "participant_not_found", detail: "No agent of this room has this name." });

export const unauthorized: HttpProblem = {
  code: "unauthorized",
  detail:
    "Send Authorization: Bearer <token> with a token of this room that has not expired or been revoked. On the machine of this Parley, parley open <room> prints a link for you.",
};

export function rejected(rejection: Rejection): HttpProblemError {
  if (rejection.code === "rate_limited") {
    const retryAfterSeconds = Math.max(1, Math.ceil(rejection.retryAfterMs / 1_000));
    return new HttpProblemError({ code: rejection.code, detail: rejection.detail, retryAfterSeconds });
  }
  const { code, detail, ...more } = rejection;
  return new HttpProblemError(code === "room_not_found" ? roomNotFound : { code, detail, more });
}

export function invalidRequest(issues: readonly Issue[]): HttpProblemError {
  const [first] = issues;
  const where = first && first.path.length > 0 ? `${first.path.join(".")}: ` : "";
  return new HttpProblemError({ code: "invalid", detail: `${where}${first?.message ?? "invalid"}`, more: { issues } });
}

/** The answer to the caller about an error; undefined for a bug, which is not explained. */
export function problemOfError(error: unknown): HttpProblem | undefined {
  if (error instanceof HttpProblemError) return error.problem;
  if (!(error instanceof PortError) || error.code === "refused") return undefined;
  const detail = `Nothing is known to be stored. Try again in a moment; with the same Idempotency-Key nothing happens twice. (${error.code})`;
  return { code: "unavailable", detail, retryAfterSeconds: Math.ceil((error.retryAfterMs ?? 1_000) / 1_000) };
}

export const internalProblem: HttpProblem = {
  code: "internal",
  detail: "This is a fault of Parley, not of your request. The log has more under this requestId.",
};

/** RFC 9457. */
export function problemResponse(problem: HttpProblem, requestId: string): Response {
  const { status, title } = problems[problem.code];
  const { code, detail, more, retryAfterSeconds } = problem;
  const body = { type: `urn:parley:problem:${code}`, title, status, code, detail, ...more, requestId };
  const headers: Record<string, string> = { "Content-Type": "application/problem+json" };
  if (retryAfterSeconds !== undefined) headers["Retry-After"] = String(retryAfterSeconds);
  return new Response(JSON.stringify(body), { status, headers });
}
