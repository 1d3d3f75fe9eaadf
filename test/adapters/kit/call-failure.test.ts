import { expect, test } from "vitest";
import { callFailure } from "../../../adapters/kit/call-failure.js";

const cause = new Error("socket hang up");

test.each([
  ["write", "outcome_unknown", "outcome_unknown"],
  ["read", "outcome_unknown", "unavailable"],
  ["read", "refused", "refused"],
] as const)("a %s that failed with %s has the code %s", (effect, given, code) => {
  const error = callFailure(cause, { doing: "Posting", effect, limited: "channel" })(given, "No answer came.");
  expect(error).toMatchObject({ code, scope: "channel", cause, message: "Posting failed. No answer came." });
  expect(error.retryAfterMs).toBeUndefined();
});

test("keeps the wait of a rate limit and its scope", () => {
  const make = callFailure(cause, { doing: "Posting", effect: "write", limited: "platform" });
  expect(make("rate_limited", "Wait.", 1_500)).toMatchObject({ retryAfterMs: 1_500, scope: "platform" });
});
