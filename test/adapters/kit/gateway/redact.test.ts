import { describe, expect, test } from "vitest";
import { createRedactorOf, redactText } from "../../../../adapters/kit/gateway/redact.js";

const secret = "sk-ant-canary-7f3a9c51e2_Q+z";
const newRedactor = createRedactorOf(secret);
const redact = (text: string) => redactText(text, newRedactor());
const hexOf = (text: string) => Buffer.from(text).toString("hex");
const each = (text: string, spell: (char: string) => string) => [...text].map(spell).join("");
const code = (char: string) => char.charCodeAt(0);
const reversed = [...secret].reverse().join("");

const spellings: readonly [string, string][] = [
  ["plain", secret],
  ["upper case", secret.toUpperCase()],
  ["spaced", each(secret, (char) => `${char} `)],
  ["one letter per line", each(secret, (char) => `${char}\n`)],
  ["a list in JSON", JSON.stringify([...secret])],
  ["dotted", each(secret, (char) => `${char}.`)],
  ["reversed", reversed],
  ["base64", Buffer.from(secret).toString("base64")],
  ["base64 after one byte", Buffer.from(`x${secret}`).toString("base64")],
  ["base64 after two bytes, more behind", Buffer.from(`xy${secret}and more`).toString("base64")],
  ["base64url", Buffer.from(`key=${secret}`).toString("base64url")],
  ["base64 in lines", Buffer.from(secret).toString("base64").replace(/.{10}/g, "$&\n")],
  ["base64 of it reversed", Buffer.from(reversed).toString("base64")],
  ["hex", hexOf(secret)],
  ["hex with colons, upper case", hexOf(secret).toUpperCase().replace(/../g, "$&:")],
  ["hex of it reversed", hexOf(reversed)],
  ["percent-encoded as far as it must be", encodeURIComponent(secret)],
  ["percent-encoded as a whole", hexOf(secret).replace(/../g, "%$&")],
  ["percent-encoded and reversed", hexOf(reversed).replace(/../g, "%$&")],
  ["with \\x escapes", hexOf(secret).replace(/../g, "\\x$&")],
  ["with \\u escapes", hexOf(secret).replace(/../g, "\\u00$&")],
  ["bytes as 0x73", hexOf(secret).replace(/../g, "0x$&, ")],
  ["decimal codes", JSON.stringify([...secret].map(code))],
  ["HTML entities", each(secret, (char) => `&#${code(char)};`)],
];

describe("a secret", () => {
  test.each(spellings)("is taken out: %s", (_name, spelling) => {
    const text = redact(`before ${spelling} behind`);
    expect(text).toContain("[removed]");
    expect(text).toMatch(/^before .*behind$/s);
    expect(text.length).toBeLessThan("before  behind".length + 40);
  });

  test.each(spellings)("is removed wherever it is split: %s", (_name, spelling) => {
    const bytes = Buffer.from(`before ${spelling} behind`);
    const whole = redact(bytes.toString());
    for (const size of [1, 2, 3, 5, 7, 11, 13, 40]) {
      const redactor = newRedactor();
      const parts: Uint8Array[] = [];
      // A blank line ends an event, and limits the span of a secret.
      for (let at = 0; at < bytes.length; at += size) parts.push(redactor.push(bytes.subarray(at, at + size)));
      expect(Buffer.concat([...parts, redactor.end()]).toString()).toBe(whole);
    }
  });

  test("leaves what only looks like it", () => {
    for (const text of ["", "sk-ant-canary-7f3a9c51e3_Q+z", "sk-ant-", "ünïcode 李雷 sk", secret.slice(0, -4)])
      expect(redact(text)).toBe(text);
  });

  test("is taken out as often as it comes", () => {
    expect(redact(`${secret},${secret}${reversed}`)).not.toMatch(/canary|yranac/);
  });
});

test("an event of a stream does not wait for the next one", () => {
  const redactor = newRedactor();
  const event = Buffer.from('data: {"text":"s"}\n\n');
  expect(Buffer.from(redactor.push(event)).equals(event)).toBe(true);
  expect(redactor.end()).toHaveLength(0);
});

test("holds back a possible secret for a limited length only", () => {
  const redactor = newRedactor();
  const passed = [redactor.push(Buffer.from("sk")), redactor.push(Buffer.alloc(100_000, " "))];
  expect(Buffer.concat(passed)).toHaveLength(100_002);
});
