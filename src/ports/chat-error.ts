/**
 * What a chat platform's refusal means to Parley. The first four come and go; the others need a person, and the mirror parks.
 * - `rate_limited`: nothing happened; come back after `retryAfterMs`.
 * - `unavailable`: nothing happened, and it is known that nothing happened (no connection, a refusal that says so).
 * - `outcome_unknown`: it may have happened: a lost answer, a time-out, a 5xx. Looked up before it is sent again.
 * - `refused`: the platform will never take this post or edit as it is. `post_gone`: what was to be edited is not there any more.
 * - `unauthorized`: token wrong or revoked. `missing_permission`: scope, intent or permission; the message names it.
 * - `channel_gone`: archived, deleted, or Parley is not in it (any more). `thread_gone`: deleted or locked.
 */
export const chatErrorCodes = [
  "rate_limited",
  "unavailable",
  "outcome_unknown",
  "refused",
  "post_gone",
  "unauthorized",
  "missing_permission",
  "channel_gone",
  "thread_gone",
] as const;
export type ChatErrorCode = (typeof chatErrorCodes)[number];

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

/** `write`: it matters whether it happened. `read`: it can be asked again. */
export interface ChatCallKind {
  effect: "read" | "write";
  /** What a rate limit holds up: calls of this kind to this channel, or all calls to the platform. */
  limited: "channel" | "platform";
}

/** Codes of Node and undici for: nothing was sent, no connection came about. */
export const beforeConnection: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** The wait where a platform names no time. */
export const unnamedWaitMs = 30_000;

/** Says why `doing` failed, e.g. "Posting". Reads never have an unknown outcome. */
export function callFailure(
  cause: unknown,
  { doing, effect, limited }: ChatCallKind & { doing: string },
): (code: ChatErrorCode, says: string, retryAfterMs?: number) => ChatError {
  return (code, says, retryAfterMs) =>
    new ChatError(`${doing} failed. ${says}`, {
      code: code === "outcome_unknown" && effect === "read" ? "unavailable" : code,
      scope: limited,
      cause,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
}
