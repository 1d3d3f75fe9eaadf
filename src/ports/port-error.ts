/** `died`: what was to be used ended by itself, as a process does that crashes; `unavailable`, `timeout`: the way to it failed. */
export type PortErrorCode = "died" | "unavailable" | "timeout" | "full" | "corrupt" | "closed" | "refused" | "in-use";

/** Infrastructure failed. `retryable` says whether the same call may succeed later with nothing changed by anybody. */
export class PortError extends Error {
  readonly code: PortErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  /** The part outside that does not work, as a clause for people that ends without a full stop: "Docker does not answer". */
  readonly outage: string | undefined;

  constructor(
    message: string,
    options: { code: PortErrorCode; retryable: boolean; retryAfterMs?: number; outage?: string; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = "PortError";
    this.code = options.code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.outage = options.outage;
  }
}
