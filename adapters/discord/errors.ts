import { DiscordAPIError, HTTPError, RateLimitError } from "discord.js";
import { ChatError, type ChatErrorCode } from "../../src/ports/chat-error.js";
import { beforeConnection, type ChatCallKind, callFailure, unnamedWaitMs } from "../kit/call-failure.js";
import { platformScope } from "./patient-request.js";

interface Meaning {
  code: ChatErrorCode;
  says: string;
}

export const codes = {
  unknownChannel: 10_003,
  unknownMessage: 10_008,
  unknownWebhook: 10_015,
  unknownInteraction: 10_062,
  tooManyWebhooks: 30_007,
  oldMessageEdits: 30_046,
  alreadyAnswered: 40_060,
  missingAccess: 50_001,
  cannotEdit: 50_005,
  cannotWriteTo: 50_007,
  missingPermission: 50_013,
  invalidWebhookToken: 50_027,
  archived: 50_083,
  threadExists: 160_004,
} as const;

const absent = "Parley may not see the channel, or it does not exist any more. Give the app's role View Channel there.";

const meanings: ReadonlyMap<number, Meaning> = new Map([
  [codes.unknownChannel, { code: "channel_gone", says: absent }],
  [codes.missingAccess, { code: "channel_gone", says: absent }],
  [10_004, { code: "channel_gone", says: "Parley is not in this server. Use the invite link again." }],
  [codes.cannotWriteTo, { code: "channel_gone", says: "This person takes no direct messages from the server." }],
  [codes.unknownMessage, { code: "post_gone", says: "The message is not there any more." }],
  [codes.cannotEdit, { code: "post_gone", says: "The message is not Parley's." }],
  [
    codes.missingPermission,
    { code: "missing_permission", says: "The app's role lacks a permission here; health lists them." },
  ],
  [40_001, { code: "unauthorized", says: "Discord does not accept DISCORD_BOT_TOKEN." }],
  [
    codes.tooManyWebhooks,
    { code: "missing_permission", says: "The channel has 15 webhooks, the most there may be. Remove one." },
  ],
  [
    codes.archived,
    { code: "thread_gone", says: "The thread is locked. Unlock it, or start a new one with /room attach." },
  ],
  [160_005, { code: "thread_gone", says: "The thread is locked. Unlock it, or start a new one with /room attach." }],
  [160_006, { code: "missing_permission", says: "The server has as many open threads as it may. Archive some." }],
]);

/** Discord names no time in these cases: too many edits of an old message, and the like. */
const limitedWithoutTime: ReadonlySet<number> = new Set([30_046, 20_016, 20_022, 20_028, 20_029, 40_094, 110_000]);

/** Says in words of the port why `doing` failed, e.g. "Posting". Reads never have an unknown outcome. */
export function toChatError(error: unknown, call: ChatCallKind & { doing: string }): ChatError {
  if (error instanceof ChatError) return error;
  const make = callFailure(error, call);
  if (error instanceof RateLimitError) {
    const isNamed = error.retryAfter > 0;
    const waitMs = isNamed ? Math.max(error.retryAfter, 50) : unnamedWaitMs;
    const isWide = !isNamed || error.global || error.scope === platformScope;
    const limited = isWide ? callFailure(error, { ...call, limited: "platform" }) : make;
    return limited("rate_limited", `Discord asks to wait ${(waitMs / 1_000).toFixed(1)} s.`, Math.ceil(waitMs));
  }
  if (error instanceof DiscordAPIError) {
    const { code, says } = meaningOf(error);
    const isOfOneMessage = Number(error.code) === codes.oldMessageEdits;
    const limited = isOfOneMessage ? callFailure(error, { ...call, limited: "channel" }) : make;
    return limited(code, says, code === "rate_limited" ? unnamedWaitMs : undefined);
  }
  if (error instanceof HTTPError) return make("outcome_unknown", `Discord answered with HTTP ${error.status}.`);
  const reason = networkCode(error);
  if (reason !== undefined && beforeConnection.has(reason))
    return make("unavailable", `Discord cannot be reached (${reason}).`);
  return make("outcome_unknown", "Discord did not answer.");
}

function meaningOf({ code, status }: DiscordAPIError): Meaning {
  const number = Number(code);
  if (status === 401)
    return {
      code: "unauthorized",
      says: "Discord does not accept DISCORD_BOT_TOKEN. Copy it from the app's Bot page.",
    };
  const known = meanings.get(number);
  if (known !== undefined) return { ...known, says: `${known.says} (${number})` };
  if (limitedWithoutTime.has(number)) return { code: "rate_limited", says: "Discord asks to wait." };
  return { code: "refused", says: `Discord refused it (${number}).` };
}

/** Not asked at all: the time that Discord named is not over. */
export function stillLimited(waitMs: number): ChatError {
  const retryAfterMs = Math.ceil(waitMs);
  const message = `Discord asks to wait ${(retryAfterMs / 1_000).toFixed(1)} s.`;
  return new ChatError(message, { code: "rate_limited", scope: "platform", retryAfterMs });
}

/** In a call to a thread, "unknown" refers to the thread. */
export function inThread(error: unknown): unknown {
  if (discordCodeOf(error) !== codes.unknownChannel) return error;
  const { message } = error instanceof Error ? error : { message: "" };
  const doing = message.split(" failed.")[0] || "It";
  return new ChatError(`${doing} failed. The thread does not exist any more. Start a new one with /room attach.`, {
    code: "thread_gone",
    cause: error,
  });
}

/** Discord's own number for a refusal. */
export function discordCodeOf(error: unknown): number | undefined {
  if (error instanceof ChatError) return discordCodeOf(error.cause);
  return error instanceof DiscordAPIError ? Number(error.code) : undefined;
}

function networkCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 6; depth += 1) {
    if ("code" in at && typeof at.code === "string") return at.code;
    at = at.cause;
  }
  return undefined;
}
