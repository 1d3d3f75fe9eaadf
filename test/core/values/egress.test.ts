import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { egressSchema } from "../../../src/core/room/policy.js";
import {
  allowsEgress,
  egressEntryOf,
  isEgressEntry,
  isHostName,
  maxEgressEntries,
  parseAuthority,
  parseHttpUrl,
} from "../../../src/core/values/egress.js";

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/).filter((text) => !text.startsWith("xn--"));
const topLabel = label.filter((text) => /^[a-z]/.test(text));
const hostName = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 4 }), topLabel)
  .map(([labels, top]) => [...labels, top].join("."));
const port = fc.integer({ min: 1, max: 65_535 });
/** Made of what names, addresses and tricks with both are made of. */
const trick = fc
  .array(
    fc.constantFrom(
      "a",
      "Z",
      "0",
      "127",
      "0x7f",
      "xn--",
      ".",
      "..",
      "-",
      "*",
      ":",
      "80",
      "@",
      "/",
      "[",
      "::1",
      "]",
      "%",
      "\0",
      "\r\n",
      " ",
      "。",
      "ⓔ",
      "localhost",
    ),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(""));

describe("an entry of the egress list", () => {
  test.each([
    "example.org",
    "packages.example.com",
    "*.example.org",
    "example.org:80",
    "*.example.org:8443",
    "xn--bcher-kva.example",
    "a.b.c.d.e.f.example",
    "1.example",
  ])("may be %s", (entry) => {
    expect(isEgressEntry(entry)).toBe(true);
  });

  test.each([
    "",
    "*",
    "*.",
    "*.org",
    "**.example.org",
    "a.*.example.org",
    "localhost",
    "org",
    "Example.org",
    "example.org.",
    ".example.org",
    "example..org",
    "-a.example",
    "a-.example",
    "a_b.example",
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.0x0.0x0.0x1",
    "1.2.3.4.5",
    "[::1]",
    "::1",
    "[fd00:ec2::254]:443",
    "https://example.org",
    "example.org/",
    "example.org:0",
    "example.org:080",
    "example.org:65536",
    "example.org:",
    "example.org:80:80",
    "user@example.org",
    "example.org\n",
    "exam\0ple.org",
    "bücher.example",
    "example。org",
    `${"a".repeat(64)}.example`,
    `${"abcdefghi.".repeat(26)}example`,
  ])("may not be %j, and the issue names it", (entry) => {
    const parsed = egressSchema.safeParse(["example.org", entry]);
    expect(parsed.error?.issues).toMatchObject([
      { path: [1], message: expect.stringContaining(JSON.stringify(entry.slice(0, 20)).slice(0, -1)) },
    ]);
  });

  test(`has at most ${maxEgressEntries} beside it`, () => {
    const list = Array.from({ length: maxEgressEntries + 1 }, (_, index) => `h${index}.example`);
    expect(egressSchema.safeParse(list).success).toBe(false);
    expect(egressSchema.safeParse(list.slice(1)).success).toBe(true);
  });

  test("is either a name that allows anybody, or an address that is refused", () => {
    fc.assert(
      fc.property(fc.oneof(hostName, trick), (text) => {
        if (!isHostName(text)) return;
        expect(isIP(text)).toBe(0);
        if (!text.includes("xn--")) expect(new URL(`http://${text}/`).host).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("the egress list", () => {
  const list = ["example.org", "*.sub.example.net", "files.example.org:80"];
  test.each([
    ["example.org", 443, true],
    ["example.org", 80, false],
    ["example.org", 22, false],
    ["www.example.org", 443, false],
    ["evilexample.org", 443, false],
    ["example.org.evil.net", 443, false],
    ["sub.example.net", 443, false],
    ["a.sub.example.net", 443, true],
    ["b.a.sub.example.net", 443, true],
    ["asub.example.net", 443, false],
    ["a.sub.example.net", 8_443, false],
    ["files.example.org", 80, true],
    ["files.example.org", 443, false],
  ])("lets %s at port %i through: %s", (host, at, expected) => {
    expect(allowsEgress(list, { host, port: at })).toBe(expected);
  });

  test("allows nothing when it is empty or invalid", () => {
    fc.assert(
      fc.property(hostName, port, (host, at) => {
        expect(allowsEgress([], { host, port: at })).toBe(false);
        expect(
          allowsEgress(["*", `*${host}`, host.toUpperCase(), ` ${host}`, `${host}:0${at}`], { host, port: at }),
        ).toBe(false);
      }),
    );
  });

  test("matches a name exactly, and a wildcard by its sub-domains", () => {
    fc.assert(
      fc.property(hostName, hostName, port, (host, other, at) => {
        const entry = egressEntryOf({ host, port: at });
        expect(isEgressEntry(entry)).toBe(true);
        expect(allowsEgress([entry], { host, port: at })).toBe(true);
        expect(allowsEgress([entry], { host: other, port: at })).toBe(other === host);
        expect(allowsEgress([`*.${entry}`], { host, port: at })).toBe(false);
        expect(allowsEgress([`*.${entry}`], { host: `${other}.${host}`, port: at })).toBe(true);
        expect(allowsEgress([`*.${entry}`], { host: `x${host}`, port: at })).toBe(false);
      }),
    );
  });
});

describe("what is asked for", () => {
  test("is read from a CONNECT in any case", () => {
    expect(parseAuthority("Example.ORG:443")).toEqual({ host: "example.org", port: 443 });
  });

  test.each([
    "example.org",
    "example.org:",
    "example.org:0",
    "example.org:65536",
    "example.org:443:22",
    "example.org.:443",
    "localhost:443",
    "127.0.0.1:443",
    "127.1:443",
    "0177.0.0.1:443",
    "2130706433:443",
    "[::1]:443",
    "[::ffff:127.0.0.1]:443",
    "::1:443",
    "user@example.org:443",
    "example.org\0.evil.net:443",
    "example.org%00:443",
    "example.org :443",
    "example。org:443",
    "\u212Aelvin.example:443",
    "http://example.org:443",
    "/",
    "*",
    "",
  ])("is nothing where a CONNECT says %j", (authority) => {
    expect(parseAuthority(authority)).toBeUndefined();
  });

  test.each([
    ["http://example.org", { host: "example.org", port: 80, path: "/" }],
    ["HTTP://Example.org:8080/a?b=c", { host: "example.org", port: 8_080, path: "/a?b=c" }],
    ["http://example.org?q", { host: "example.org", port: 80, path: "/?q" }],
    ["http://example.org/http://other.example/", { host: "example.org", port: 80, path: "/http://other.example/" }],
  ])("is read from %s", (url, target) => {
    expect(parseHttpUrl(url)).toEqual(target);
  });

  test.each([
    "https://example.org/",
    "ftp://example.org/",
    "http://user@example.org/",
    "http://user:word@example.org/",
    "http://example.org:80@evil.example/",
    "http://example.org\\@evil.example/",
    "http://example.org#@evil.example/",
    "http://127.0.0.1/",
    "http://[::1]/",
    "http://localhost/",
    "http:///example.org",
    "//example.org/",
    "/path",
    "http://example.org/a#b",
  ])("is nothing where the address is %j", (url) => {
    expect(parseHttpUrl(url)).toBeUndefined();
  });

  test("is read as the standard for URLs reads it, or not at all", () => {
    fc.assert(
      fc.property(fc.oneof(hostName, trick), fc.oneof(trick, fc.constant("")), (host, rest) => {
        const parsed = parseHttpUrl(`http://${host}${rest}`);
        if (!parsed || parsed.host.includes("xn--")) return;
        const known = new URL(`http://${host}${rest}`);
        expect({ host: parsed.host, port: parsed.port }).toEqual({
          host: known.hostname,
          port: Number(known.port || 80),
        });
      }),
      { numRuns: 5_000 },
    );
  });
});
