import type { Output } from "../../src/ports/agents.js";
import type { LineOf } from "./line.js";

type Notice = Extract<Output, { kind: "notice" }>;

/** A pause between two tries that people should hear about, whichever try it is. */
const longPauseMs = 10_000;

/** The notice for people about a system line, if any. */
export function noticeOf(line: LineOf<"system">): Notice | undefined {
  switch (line.subtype) {
    case "api_retry":
      return retryNotice(line);
    case "compact_boundary":
      return info(`The conversation grew long and was summarised${compactedSize(line)}; older details may be lost.`);
    case "status":
      return line.compact_result === "failed"
        ? warning(`The conversation could not be summarised: ${line.compact_error ?? "no reason given"}.`)
        : undefined;
    case "model_fallback":
    case "model_refusal_fallback":
      return warning(
        `The model ${line.original_model ?? ""} did not answer; ${line.fallback_model ?? "another one"} took over.`,
      );
    case "session_writes_lost":
      return warning(
        `The disk of the sandbox is full (${line.error_code ?? "ENOSPC"}): the conversation could not be kept whole.`,
      );
    default:
      return undefined;
  }
}

/** A subscription's limits; nothing is said of them with an API key. */
export function rateLimitNotice({ rate_limit_info: limit }: LineOf<"rate_limit_event">): Notice | undefined {
  if (limit.status === "allowed") return undefined;
  const which = limit.rateLimitType?.replaceAll("_", " ") ?? "subscription's";
  const resets = limit.resetsAt === undefined ? "" : ` It resets at ${new Date(limit.resetsAt * 1_000).toISOString()}.`;
  if (limit.status === "rejected") return warning(`The ${which} limit of the model account is reached.${resets}`);
  const share = limit.utilization === undefined ? "almost" : `${Math.round(limit.utilization * 100)} %`;
  return warning(`The ${which} limit of the model account is ${share} used.${resets}`);
}

/** The meaning of a status that the gateway returns if the provider gave none; 0: the connection broke. */
const gatewaySays: Readonly<Record<number, string>> = {
  0: "could not be reached or broke off",
  502: "could not be reached",
  504: "did not answer in time",
};

/** One notice for a row of tries, and one for each long pause. */
function retryNotice(line: LineOf<"system">): Notice | undefined {
  const { attempt = 1, max_retries: most, retry_delay_ms: delayMs = 0 } = line;
  if (attempt > 1 && delayMs < longPauseMs) return undefined;
  const status = line.error_status ?? undefined;
  const what = gatewaySays[status ?? 0] ?? `answered ${status}${wordOf(line.error)}`;
  const pause = delayMs < 1_000 ? "at once" : `in ${Math.round(delayMs / 1_000)} s`;
  return warning(`The model's API ${what}; trying again ${pause} (${attempt} of ${most ?? "several"}).`);
}

function wordOf(error: string | null | undefined): string {
  return error && error !== "unknown" ? ` (${error.replaceAll("_", " ")})` : "";
}

function compactedSize({ compact_metadata: size }: LineOf<"system">): string {
  if (!size) return "";
  const after = size.post_tokens === undefined ? "" : ` to ${size.post_tokens}`;
  return ` (from ${size.pre_tokens}${after} tokens)`;
}

const info = (text: string): Notice => ({ kind: "notice", severity: "info", text });
const warning = (text: string): Notice => ({ kind: "notice", severity: "warning", text });
