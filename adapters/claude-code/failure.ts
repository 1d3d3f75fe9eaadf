import type { LineOf } from "./line.js";

const kept = "The conversation is kept; write again to go on.";

/** Advice for a person, by the status of the API. */
const advice: Readonly<Record<number, string>> = {
  400: "The conversation is kept; write again to go on. If the same comes again, give the agent a new conversation.",
  401: "Check the model key Parley was given. The conversation is kept.",
  402: "The budget or the account's credit is used up: raise it, then write again. The conversation is kept.",
  403: "The key, the budget or the model is not allowed this: check them, then write again. The conversation is kept.",
  404: "Check the model's name. The conversation is kept.",
  413: "The conversation or a file in it is too large for one call. Give the agent a new conversation if this goes on. The conversation is kept.",
  429: "The account's limit is reached: wait a while, then write again. The conversation is kept.",
};

/** Text for a person: what happened, what was kept, what to do. */
export function failureOf(result: LineOf<"result">): string {
  const said = plain(result.result ?? result.errors?.join("; ") ?? "");
  const status = result.api_error_status ?? undefined;
  // Refusals by the gateway already say what to do.
  if (said.startsWith(gatewayLead)) return `${firstUpper(said.slice(gatewayLead.length))} ${kept}`;
  if (status !== undefined) {
    return `The model's API answered ${status}: ${cut(said)} ${advice[status] ?? kept}`;
  }
  if (result.subtype === "error_max_turns") return `It used as many steps as a turn may have. ${kept}`;
  if (said === "") return `Claude Code ended the turn with an error (${result.subtype}). ${kept}`;
  return `The turn ended with an error: ${cut(said)} ${kept}`;
}

/** Statuses with which the API refuses a call for what is in it. */
const refusingStatuses = [400, 413];
/** Refusals that have to do with the account or the gateway and not with what was said. */
const notOfTheConversation = /credit balance|billing|usage limit|spend limit|organization|api key|model gateway/i;

/**
 * Why the provider refuses the conversation as it is; undefined where another call may be answered. The same words for the same reason: without numbers, for the
 * places in a conversation and the sizes move from call to call.
 */
export function conversationRefusal(result: LineOf<"result">): string | undefined {
  const said = plain(result.result ?? result.errors?.join("; ") ?? "");
  const isTooLong = /^prompt is too long/i.test(said);
  const isRefusing = refusingStatuses.includes(result.api_error_status ?? 0);
  if (!isTooLong && (!isRefusing || said.startsWith(gatewayLead) || notOfTheConversation.test(said))) return undefined;
  const reason = messageIn(said)
    .replace(/req_[A-Za-z0-9]+/g, "")
    .replace(/\d+/g, "…")
    .trim();
  return (reason === "" ? `status ${result.api_error_status}` : reason).slice(0, maxRefusalChars);
}

/** The provider's own trouble, which has nothing to do with the call. 504 is a call that it took and never answered: asked again and again, it would cost again and again. */
const statusesOfOutage = [500, 502, 503, 529];

/** The outage of the model's provider that ended the turn, as a clause for people; undefined where another call of the same conversation may fail too. */
export function providerOutage(result: LineOf<"result">): string | undefined {
  const status = result.api_error_status ?? 0;
  if (!statusesOfOutage.includes(status)) return undefined;
  const said = plain(result.result ?? result.errors?.join("; ") ?? "");
  if (said.startsWith(gatewayLead)) return "The model's provider cannot be reached";
  return `The model's provider answers with an error (${status})`;
}

/** Whether the provider failed on the call without a reason. The other statuses of an outage are never about one conversation. */
export function mayBeOwnFailure({ api_error_status: status }: LineOf<"result">): boolean {
  return status === 500;
}

const maxRefusalChars = 80;

/** The sentence in an error of the API that is shown as JSON. */
function messageIn(said: string): string {
  return /"message": ?"((?:[^"\\]|\\.)*)"(?!.*"message")/.exec(said)?.[1] ?? said;
}

const gatewayLead = "Parley's model gateway: ";

/** Removes what Claude Code adds for its terminal user: the status, which is shown anyway, and advice about an address that is ours. */
function plain(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/^(Failed to authenticate\. )?API Error: (\d{3} )?/, "")
    .replace(/ If it persists, check your inference gateway \([^)]*\)\./, "")
    .replace(
      /(Parley's model gateway: .*?)( This is a server-side issue, usually temporary — try again in a moment\.)/,
      "$1",
    )
    .trim();
}

function firstUpper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const maxChars = 400;

function cut(text: string): string {
  const short = text.length <= maxChars ? text : `${text.slice(0, maxChars - 1)}…`;
  return /[.!?…]$/.test(short) || short === "" ? short : `${short}.`;
}
