import type { LineOf } from "./line.js";

const kept = "The conversation is kept; write again to go on.";

/** Advice for a person, by the status of the API. */
const advice: Readonly<Record<number, string>> = {
  400: kept,
  401: "Check the model key Parley was given. The conversation is kept.",
  402: "The budget or the account's credit is used up: raise it, then write again. The conversation is kept.",
  403: "The key, the budget or the model is not allowed this: check them, then write again. The conversation is kept.",
  404: "Check the model's name. The conversation is kept.",
  413: "The conversation or a file in it is too large for one call. Begin anew with a fresh agent if this goes on.",
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
