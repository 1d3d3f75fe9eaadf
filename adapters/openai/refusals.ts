import { createRefusals, type RefusalKind } from "../kit/gateway/refusals.js";

/** `type` and `code` of each error, as clients of OpenAI's API know them (guide "Error codes"). */
const named: Readonly<Record<RefusalKind, { type: string; code: string | null }>> = {
  invalid_request_error: { type: "invalid_request_error", code: null },
  billing_error: { type: "insufficient_quota", code: "insufficient_quota" },
  permission_error: { type: "invalid_request_error", code: "permission_denied" },
  request_too_large: { type: "invalid_request_error", code: "request_too_large" },
  rate_limit_error: { type: "requests", code: "rate_limit_exceeded" },
  api_error: { type: "server_error", code: null },
  timeout_error: { type: "server_error", code: "timeout" },
  overloaded_error: { type: "server_error", code: "overloaded" },
};

/** Errors in the form of OpenAI's API. */
export const openAiRefusals = createRefusals({
  statusOf: {
    invalid_request_error: 400,
    billing_error: 402,
    permission_error: 403,
    request_too_large: 413,
    rate_limit_error: 429,
    api_error: 502,
    timeout_error: 504,
    overloaded_error: 503,
  },
  bodyOf: (kind, message) => ({ error: { message, param: null, ...named[kind] } }),
  openRoutes: "Only responses, chat completions and the list of models are, over plain HTTP and never as a WebSocket.",
  callForm: "a JSON object with a model, and a whole number of output tokens where it names one",
  keySettings: "OPENAI_API_KEY",
});
