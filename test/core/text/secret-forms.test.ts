import { expect, test } from "vitest";
import { cutSecretForms } from "../../../src/core/text/secret-forms.js";

const letters = "aB3dE5gH7jK9mN1pQ3rS5tU7vW9xY1zA3bC5";

test.each([
  ["a model provider's key", `sk-ant-api03-${letters}`],
  ["another provider's key", `sk-proj-${letters}`],
  ["a code host's token", `ghp_${letters}`],
  ["a fine-grained token", `github_pat_${letters}`],
  ["another code host's token", `glpat-${letters}`],
  ["a chat platform's token", `xoxb-${letters}`],
  ["an app's token", `xapp-1-${letters}`],
  ["a cloud key", "AKIAIOSFODNN7EXAMPLE"],
  ["a registry's token", `npm_${letters}`],
  ["a payment key", `sk_live_${letters}`],
  ["a room token", `p1.${letters}.${letters}`],
  ["a credential", `p2.api.${letters}.${letters}`],
  ["a JSON Web Token", `eyJhbGciOiJIUzI1NiJ9.${letters}.${letters}`],
])("%s is cut wherever it stands", (_what, secret) => {
  for (const around of ["", " ", '"', "=", "\n", "/"]) {
    const cut = cutSecretForms(
      `before${around === "" ? " " : around}${secret}${around}after`.replace(`${secret}after`, secret),
    );
    expect(cut).not.toContain(secret.slice(-20));
    expect(cut).toContain("[removed]");
  }
});

test("a private key is cut whole, also where its end was cut off or its lines are escaped", () => {
  const key = `-----BEGIN RSA PRIVATE KEY-----\n${letters}\n${letters}\n-----END RSA PRIVATE KEY-----`;
  expect(cutSecretForms(`a ${key} b`)).toBe("a [removed] b");
  expect(cutSecretForms(`a ${key.slice(0, 60)}`)).toBe("a [removed]");
  expect(cutSecretForms(JSON.stringify({ key }))).toBe('{"key":"[removed]"}');
});

test.each([
  ["DB_PASSWORD=hunter2hunter2", "DB_PASSWORD=[removed]"],
  ['export API_TOKEN="short1"', 'export API_TOKEN="[removed]"'],
  ["api_key: a1b2c3d4e5f6g7", "api_key: [removed]"],
  ['{"client_secret":"a1b2c3d4e5f6g7"}', '{"client_secret":"[removed]"}'],
  ["Authorization: Bearer abcdefghij0123456789", "Authorization: Bearer [removed]"],
  ["postgres://mia:correct-horse@db/rooms", "postgres://mia:[removed]@db/rooms"],
])("%s loses its value alone", (text, expected) => {
  expect(cutSecretForms(text)).toBe(expected);
});

test.each([
  "const token = readToken(request);",
  "the secret of good tests is patience",
  "tokens: inputTokens + outputTokens",
  "see https://example.org/a:b@c and http://127.0.0.1:4400/",
  "a sketch: sk-small",
])("%s stays as it is", (text) => {
  expect(cutSecretForms(text)).toBe(text);
});

test("takes time in proportion to the text, whatever is in it", () => {
  const pieces = [
    "token-",
    "sk-",
    "eyJ.",
    "p1.aaaa.",
    "-----BEGIN PRIVATE KEY-----",
    "://a:",
    "a_b-secret=",
    "bearer  ",
  ];
  for (const piece of pieces) {
    const text = piece.repeat(Math.ceil(200_000 / piece.length));
    expect(cutSecretForms(text).length).toBeLessThanOrEqual(text.length + "[removed]".length * text.length);
  }
});
