import { webApi } from "@slack/bolt";
import { ChatError, type ChatErrorCode } from "../../src/ports/chat-error.js";
import { beforeConnection, type ChatCallKind, callFailure, unnamedWaitMs } from "../kit/call-failure.js";

interface Meaning {
  code: ChatErrorCode;
  /** A sentence that says what is wrong and what to do. */
  says: string;
}

const tokenAdvice = "Slack does not accept SLACK_BOT_TOKEN. Copy the Bot User OAuth Token of the installed app.";
const absent = "Parley is not in the channel, or it does not exist any more. Invite it: /invite @Parley.";
const threadAway = "The thread does not exist any more. Start a new one with /room attach.";
const noPermission = "The workspace does not let Parley do this. Ask its administrators.";

const meanings: ReadonlyMap<string, Meaning> = new Map([
  ...group("unauthorized", tokenAdvice, [
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "not_allowed_token_type",
    "org_login_required",
    "team_access_not_granted",
  ]),
  ...group("missing_permission", noPermission, [
    "missing_scope",
    "no_permission",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "restricted_action_non_threadable_channel",
    "access_denied",
    "ekm_access_denied",
    "enterprise_is_restricted",
  ]),
  ...group("channel_gone", absent, ["channel_not_found", "not_in_channel", "user_not_found", "user_disabled"]),
  ...group("channel_gone", "The channel is archived. Unarchive it, or attach the room elsewhere.", [
    "is_archived",
    "channel_is_archived",
  ]),
  ...group("thread_gone", threadAway, [
    "thread_not_found",
    "thread_locked",
    "restricted_action_thread_locked",
    "cannot_reply_to_message",
  ]),
  ...group("post_gone", "The message is not there any more.", [
    "message_not_found",
    "cant_update_message",
    "cant_delete_message",
    "edit_window_closed",
  ]),
  ...group("rate_limited", "Slack asks to wait.", ["ratelimited", "rate_limited", "message_limit_exceeded"]),
  ...group("outcome_unknown", "Slack had trouble of its own.", [
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
  ]),
]);

function group(code: ChatErrorCode, says: string, errors: readonly string[]): [string, Meaning][] {
  return errors.map((error) => [error, { code, says }]);
}

/** Says in words of the port why `doing` failed, e.g. "Posting". Reads never have an unknown outcome. */
export function toChatError(error: unknown, call: ChatCallKind & { doing: string }): ChatError {
  if (error instanceof ChatError) return error;
  const make = callFailure(error, call);
  if (error instanceof webApi.WebAPIRateLimitedError)
    return make("rate_limited", `Slack asks to wait ${error.retryAfter} s.`, error.retryAfter * 1_000);
  if (error instanceof webApi.WebAPIPlatformError) {
    const { code, says } = meaningOf(error.data);
    return make(code, says, code === "rate_limited" ? unnamedWaitMs : undefined);
  }
  if (error instanceof webApi.WebAPIHTTPError)
    return make("outcome_unknown", `Slack answered with HTTP ${error.statusCode}.`);
  const reason = networkCode(error);
  if (reason !== undefined && beforeConnection.has(reason))
    return make("unavailable", `Slack cannot be reached (${reason}).`);
  return make("outcome_unknown", "Slack did not answer.");
}

/** Slack's error names are words; anything else is not Slack's answer but another server's page. */
const errorName = /^[a-z][a-z0-9_]{1,80}$/;

function meaningOf(data: { error: string; needed?: unknown }): Meaning {
  const { error, needed } = data;
  const known = meanings.get(error);
  if (error === "missing_scope" && typeof needed === "string")
    return {
      code: "missing_permission",
      says: `The app lacks the scope ${needed}: add it under OAuth & Permissions and reinstall the app.`,
    };
  if (known !== undefined) return { code: known.code, says: `${known.says} (${error})` };
  if (!errorName.test(error)) return { code: "outcome_unknown", says: "Slack's answer cannot be read." };
  return { code: "refused", says: `Slack refused it (${error}).` };
}

/** Whether the app may not use other names and pictures; nothing was posted. */
export function lacksIdentity(error: unknown): boolean {
  if (!(error instanceof webApi.WebAPIPlatformError) || error.data.error !== "missing_scope") return false;
  const needed: unknown = "needed" in error.data ? error.data.needed : undefined;
  return typeof needed === "string" && needed.includes("chat:write.customize");
}

/** Slack's own word for a refusal. */
export function slackErrorOf(error: unknown): string | undefined {
  if (error instanceof ChatError) return slackErrorOf(error.cause);
  return error instanceof webApi.WebAPIPlatformError ? error.data.error : undefined;
}

function networkCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 6; depth += 1) {
    if ("code" in at && typeof at.code === "string" && !at.code.startsWith("slack_")) return at.code;
    at = at instanceof webApi.WebAPIRequestError ? at.original : at.cause;
  }
  return undefined;
}
