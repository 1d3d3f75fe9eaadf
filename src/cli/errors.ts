/** Exit code of the process. */
export const exitCodes = { ok: 0, refused: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The command line cannot be understood or is not enough; nothing was sent. */
export class UsageError extends Error {
  readonly code = "usage";
}

/** The server said no, or a person at the prompt did. Nothing was changed. */
export class RefusedError extends Error {
  readonly code = "refused";
}
