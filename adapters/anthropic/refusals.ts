import type { ReservationRefusal } from "../../src/ports/call-reservation.js";

/** Types of the Messages API's errors that the gateway itself answers with. */
export type ErrorType =
  | "invalid_request_error"
  | "overloaded_error"
  | "billing_error"
  | "permission_error"
  | "request_too_large"
  | "api_error"
  | "rate_limit_error"
  | "timeout_error";

const statusOf: Readonly<Record<ErrorType, number>> = {
  invalid_request_error: 400,
  billing_error: 402,
  permission_error: 403,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 502,
  timeout_error: 504,
  overloaded_error: 529,
};

const triedAgain: readonly ErrorType[] = ["api_error", "timeout_error", "overloaded_error", "rate_limit_error"];

/**
 * An error as the provider words it, so that clients understand it. Never 401: clients try it again for minutes. 429 for calls that come too fast alone, with
 * the time to wait.
 */
export function refuse(
  type: ErrorType,
  message: string,
  options: { triedAgain?: boolean; retryAfterMs?: number } = {},
): Response {
  const { retryAfterMs } = options;
  const headers = {
    "x-should-retry": String(options.triedAgain ?? triedAgain.includes(type)),
    ...(retryAfterMs !== undefined && { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) }),
  };
  return Response.json({ type: "error", error: { type, message } }, { status: statusOf[type], headers });
}

export const gatewayRefusals = {
  route: "Parley's model gateway: this route is not open to agents. Only messages and token counts are.",
  token: "Parley's model gateway: this token is not the agent's, or it was revoked. Nothing was sent to the model.",
  budget:
    "Parley's model gateway: the budget of this agent or its room is used up. Nothing was sent to the model. A person can raise the budget in the room.",
  installation:
    "Parley's model gateway: the spending limit of this installation is used up. Nothing was sent to the model. It goes on in the next day or month in UTC, or when the operator raises the limit.",
  person:
    "Parley's model gateway: the spending limit of the person whose room this is is used up. Nothing was sent to the model. It goes on in the next day or month in UTC, or when the operator raises the limit.",
  stopped:
    "Parley's model gateway: an administrator has stopped all spending. Nothing was sent to the model. It goes on when spending is resumed.",
  rate: "Parley's model gateway: this agent calls the model more often than it may in a minute. Nothing was sent to the model. The call can be tried again.",
  budgetWait:
    "Parley's model gateway: other calls under way held the rest of the budget for too long. Nothing was sent to the model. The call can be tried again.",
  unreadable:
    "Parley's model gateway: the request is not a JSON object with a model and a whole number of max_tokens. Nothing was sent to the model.",
  tooLargeToRead:
    "Parley's model gateway: the request takes too long or too much memory to read. Nothing was sent to the model.",
  busy: "Parley's model gateway: too many large requests are under way. Nothing was sent to the model. The call can be tried again.",
  tooLarge: "Parley's model gateway: the request is larger than 32 MiB. Nothing was sent to the model.",
  slowBody: "Parley's model gateway: the request did not arrive in time. Nothing was sent to the model.",
  badKey:
    "Parley's model gateway: the model provider refused Parley's own key. No agent can do anything about it: the operator of Parley has to set a valid ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN.",
  unreachable: "Parley's model gateway: the model provider cannot be reached. The call can be tried again.",
  silent: "Parley's model gateway: the model provider did not answer in time. The call can be tried again.",
  gaveUp:
    "Parley's model gateway: the model provider took the call and then said nothing, also when it was asked again. It was given up.",
  redirected: "Parley's model gateway: the model provider answered with a redirection, which is not followed.",
} as const;

/** Refuses a call for the sake of money. */
export function refuseSpending(why: ReservationRefusal): Response {
  if (why === "timeout") return refuse("timeout_error", gatewayRefusals.budgetWait);
  return refuse("billing_error", why === "spent" ? gatewayRefusals.budget : gatewayRefusals[why]);
}

/** Refuses a call of an agent that calls too often; it may call again after `retryAfterMs`. */
export function refuseRate(retryAfterMs: number): Response {
  return refuse("rate_limit_error", gatewayRefusals.rate, { retryAfterMs });
}

/** Of a call whose content is not on the gateway's list. */
export function blockedText({ what, name }: { what: string; name: string }): string {
  return `Parley's model gateway: the ${what} ${JSON.stringify(name)} is not allowed to agents of this room. Nothing was sent to the model.`;
}
