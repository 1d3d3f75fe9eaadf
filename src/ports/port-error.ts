export type PortErrorCode = "unavailable" | "timeout" | "full" | "corrupt" | "closed" | "refused" | "in-use";

/** Infrastructure failed. `retryable` says whether the same call may succeed later with nothing changed by anybody. */
export class PortError extends Error {
  readonly code: PortErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: { code: PortErrorCode; retryable: boolean; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = "PortError";
    this.code = options.code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}
