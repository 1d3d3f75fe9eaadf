import { createRefusals } from "../kit/gateway/refusals.js";

/** Errors in the form of the Messages API (docs: "Errors"). */
export const anthropicRefusals = createRefusals({
  statusOf: {
    invalid_request_error: 400,
    billing_error: 402,
    permission_error: 403,
    request_too_large: 413,
    rate_limit_error: 429,
    api_error: 502,
    timeout_error: 504,
    overloaded_error: 529,
  },
  bodyOf: (type, message) => ({ type: "error", error: { type, message } }),
  openRoutes: "Only messages and token counts are.",
  callForm: "a JSON object with a model and a whole number of max_tokens",
  keySettings: "ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN",
});
