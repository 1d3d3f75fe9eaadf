import type { ReservationRefusal } from "../../../src/ports/call-reservation.js";

/** Why the gateway itself answers with an error. Each provider words them in its own form. */
export type RefusalKind =
  | "invalid_request_error"
  | "overloaded_error"
  | "billing_error"
  | "permission_error"
  | "request_too_large"
  | "api_error"
  | "rate_limit_error"
  | "timeout_error";

const triedAgain: readonly RefusalKind[] = ["api_error", "timeout_error", "overloaded_error", "rate_limit_error"];

/** The form of one provider's errors. */
export interface RefusalForm {
  /** Never 401: clients try it again for minutes. 402 over budget; 429 for calls that come too fast alone. */
  statusOf: Readonly<Record<RefusalKind, number>>;
  bodyOf(kind: RefusalKind, message: string): object;
  /** The routes that are open, as a sentence. */
  openRoutes: string;
  /** What a body has to be that is taken for a call. */
  callForm: string;
  /** The settings that hold the provider's key. */
  keySettings: string;
}

/** Sentences of the gateway, whatever the provider is. */
export type RefusalTexts = ReturnType<typeof refusalTexts>;

/** Errors as the provider words them, so that clients understand them. */
export interface Refusals {
  texts: RefusalTexts;
  /** `x-should-retry` says whether a client should try again; `retryAfterMs` when. */
  refuse(kind: RefusalKind, message: string, options?: { triedAgain?: boolean; retryAfterMs?: number }): Response;
  /** Refuses a call for the sake of money. */
  refuseSpending(why: ReservationRefusal): Response;
  /** Refuses a call of an agent that calls too often; it may call again after `retryAfterMs`. */
  refuseRate(retryAfterMs: number): Response;
  /** Refuses a call whose content is not on the gateway's list. */
  refuseContent(blocked: { what: string; name: string }): Response;
}

/** Makes the refusals of one provider's form. */
export function createRefusals(form: RefusalForm): Refusals {
  const texts = refusalTexts(form);

  const refuse: Refusals["refuse"] = (kind, message, options = {}) => {
    const { retryAfterMs } = options;
    const headers = {
      "x-should-retry": String(options.triedAgain ?? triedAgain.includes(kind)),
      ...(retryAfterMs !== undefined && { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) }),
    };
    return Response.json(form.bodyOf(kind, message), { status: form.statusOf[kind], headers });
  };

  return {
    texts,
    refuse,
    refuseSpending: (why) =>
      why === "timeout"
        ? refuse("timeout_error", texts.budgetWait)
        : refuse("billing_error", why === "spent" ? texts.budget : texts[why]),
    refuseRate: (retryAfterMs) => refuse("rate_limit_error", texts.rate, { retryAfterMs }),
    refuseContent: ({ what, name }) =>
      refuse(
        "permission_error",
        `Parley's model gateway: the ${what} ${JSON.stringify(name)} is not allowed to agents of this room. Nothing was sent to the model.`,
      ),
  };
}

function refusalTexts({ openRoutes, callForm, keySettings }: RefusalForm) {
  return {
    route: `Parley's model gateway: this route is not open to agents. ${openRoutes}`,
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
    unreadable: `Parley's model gateway: the request is not ${callForm}. Nothing was sent to the model.`,
    tooLargeToRead:
      "Parley's model gateway: the request takes too long or too much memory to read. Nothing was sent to the model.",
    busy: "Parley's model gateway: too many large requests are under way. Nothing was sent to the model. The call can be tried again.",
    tooLarge: "Parley's model gateway: the request is larger than 32 MiB. Nothing was sent to the model.",
    slowBody: "Parley's model gateway: the request did not arrive in time. Nothing was sent to the model.",
    badKey: `Parley's model gateway: the model provider refused Parley's own key. No agent can do anything about it: the operator of Parley has to set a valid ${keySettings}.`,
    unreachable: "Parley's model gateway: the model provider cannot be reached. The call can be tried again.",
    silent: "Parley's model gateway: the model provider did not answer in time. The call can be tried again.",
    gaveUp:
      "Parley's model gateway: the model provider took the call and then said nothing, also when it was asked again. It was given up.",
    redirected: "Parley's model gateway: the model provider answered with a redirection, which is not followed.",
  } as const;
}
