/** What the process ends with. */
export const exitCodes = { ok: 0, refused: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The command line cannot be understood or is not enough; nothing was sent. */
export class UsageError extends Error {
  readonly code = "usage";
}

/** No answer, or an answer that is not from a Parley server. The request may or may not have arrived. */
export class UnreachableError extends Error {
  readonly code = "unreachable";
}

/** The server said no, or a person at the prompt did. Nothing was changed. */
export class RefusedError extends Error {
  readonly code = "refused";
}

/** An answer of the server that is a problem document (RFC 9457). */
export interface Problem {
  status: number;
  code: string;
  detail: string;
  requestId?: string;
  [field: string]: unknown;
}

/** The server refused; `problem` is what it said. */
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

/** Ctrl-C. */
export class InterruptedError extends Error {
  readonly code = "interrupted";
}
