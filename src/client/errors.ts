/** There was no answer, or none of a Parley server. The request may or may not have arrived. */
export class UnreachableError extends Error {
  readonly code = "unreachable";
}

/** An answer of the server that is a problem document (RFC 9457). */
export interface Problem {
  status: number;
  code: string;
  detail: string;
  requestId?: string;
  [field: string]: unknown;
}

/** The server refused; `problem` is its answer. */
export class ProblemError extends Error {
  readonly code = "problem";
  constructor(
    readonly problem: Problem,
    /** Seconds the server asks to wait (429, 503). */
    readonly retryAfterS?: number,
  ) {
    super(problem.detail);
  }
}

/** The caller gave up waiting: its signal fired. */
export class InterruptedError extends Error {
  readonly code = "interrupted";
}
