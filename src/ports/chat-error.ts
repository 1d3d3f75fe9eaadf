/**
 * What a chat platform's refusal means to Parley. The first four come and go; the others need a person, and the mirror parks.
 * - `rate_limited`: nothing happened; come back after `retryAfterMs`.
 * - `unavailable`: nothing happened, and it is known that nothing happened (no connection, a refusal that says so).
 * - `outcome_unknown`: it may have happened: a lost answer, a time-out, a 5xx. Looked up before it is sent again.
 * - `refused`: the platform will never take this post or edit as it is. `post_gone`: what was to be edited is not there any more.
 * - `unauthorized`: token wrong or revoked. `missing_permission`: scope, intent or permission; the message names it.
 * - `channel_gone`: archived, deleted, or Parley is not in it (any more). `thread_gone`: deleted or locked.
 */
export type ChatErrorCode =
  | "rate_limited"
  | "unavailable"
  | "outcome_unknown"
  | "refused"
  | "post_gone"
  | "unauthorized"
  | "missing_permission"
  | "channel_gone"
  | "thread_gone";

/** A call to a chat platform failed. `message` is a sentence for people: what is wrong and what to do; it holds no secret. */
export class ChatError extends Error {
  readonly code: ChatErrorCode;
  /** Rate limits: milliseconds to wait. */
  readonly retryAfterMs: number | undefined;
  /** Rate limits: what has to wait: calls of this kind to this channel (default), or all calls to the platform. */
  readonly scope: "channel" | "platform";

  constructor(
    message: string,
    options: { code: ChatErrorCode; retryAfterMs?: number; scope?: "channel" | "platform"; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = "ChatError";
    this.code = options.code;
    this.retryAfterMs = options.retryAfterMs;
    this.scope = options.scope ?? "channel";
  }
}
