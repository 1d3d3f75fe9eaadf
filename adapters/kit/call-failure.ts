import { ChatError, type ChatErrorCode } from "../../src/ports/chat-error.js";

/** The effect of a call to a chat platform. `write`: it matters whether it took effect. `read`: it can be repeated freely. */
export interface ChatCallKind {
  effect: "read" | "write";
  /** The scope of a rate limit: calls of this kind to this channel, or every call to the platform. */
  limited: "channel" | "platform";
}

/**
 * Error codes which mean that no connection was made, so nothing was sent. The first four are system and DNS errors of Node (`node:os`, `node:dns`),
 * the last is undici's `ConnectTimeoutError`.
 */
export const beforeConnection: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** How long to wait after a rate limit that names no time, milliseconds. */
export const unnamedWaitMs = 30_000;

/**
 * Makes the `ChatError` of a failed call. `doing` names the call in the message, for example "Posting". A read never has an unknown outcome:
 * `outcome_unknown` becomes `unavailable`. `cause` is kept as the error's cause.
 */
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
