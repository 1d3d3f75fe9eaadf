import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Directive,
  MAX_BODY_BYTES,
  MAX_DIRECTIVES,
  parseAddressed as parseAddressedIn,
  parseDirectives as parseDirectivesIn,
  utf8Bytes,
} from "../../../src/core/grammar/directive.js";
import { anyNames, roomNames } from "../../../src/core/grammar/known.js";
import { directiveCases } from "./directive-cases.js";

const present = ["coder", "reviewer", "mia", "tom", "bob", "code-reviewer-2", "a".repeat(32), "a", "b", "c", "z"];
const known = roomNames(present.map((name) => ({ name })));
const parseDirectives = (text: string) => parseDirectivesIn(text, known);
const parseAddressed = (text: string) => parseAddressedIn(text, known);

function show({ names, body, prefix }: Directive): string {
  return [names.join(" "), ...(prefix === undefined ? [] : [`${prefix}!`]), body.replace(/\r\n|\r|\n/g, "⏎")].join(
    " | ",
  );
}

/** Text made of the pieces the grammar is about, so that nearly every sample holds something hard. */
const piece = fc.constantFrom(
  "@", "@a", "@b", "@room", "@bob's", "**", "`", "```", "````", "~~~", ">", "> ", "- ", "1. ", " ", "   ", "    ", "\t", "\n", "\n",
  "\n@a ", "\n@b: ", "_", "*", "@Entity", "/", "\ufeff", "：", "!", " or ", " + ", "\r\n", "\r", ",", ":", ".", " and ", " & ", "GATE:", "notify:", "x", "é", "\u00a0", "\ud83c", "\0",
); // biome-ignore format: a word list
const hostileText = fc.oneof(
  fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "binary", maxLength: 200 }),
);
/** Lines that neither open nor close a fence. */
const openLine = fc.array(
  fc.constantFrom("@a hi", "@b, @c: GATE: x", "text", "> @a hi", "- @a hi", "@a's", "", "  @room x", "    @a hi"),
  { maxLength: 6 },
);

describe("parseDirectives", () => {
  test.each(directiveCases)("%j", (given, expected) => {
    expect(parseDirectives(given).map(show)).toEqual(expected);
  });

  test("has a corpus of at least 60 cases, none twice", () => {
    expect(new Set(directiveCases.map(([given]) => given)).size).toBe(directiveCases.length);
    expect(directiveCases.length).toBeGreaterThanOrEqual(60);
  });

  test("says where each directive starts", () => {
    const text = "one\r\n  **@a** x\n`@b` y\n@c z";
    expect(parseDirectives(text).map(({ offset }) => text.slice(offset, offset + 3))).toEqual(["**@", "`@b", "@c "]);
  });

  test("stops reading one after the most there may be", () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => `@a ${at}`).join("\n");
    expect(parseDirectives(many(MAX_DIRECTIVES))).toHaveLength(MAX_DIRECTIVES);
    expect(parseDirectives(many(MAX_DIRECTIVES + 1))).toHaveLength(MAX_DIRECTIVES + 1);
    const directives = parseDirectives(many(500));
    expect(directives).toHaveLength(MAX_DIRECTIVES + 1);
    expect(directives.at(-1)?.body).toBe(`${MAX_DIRECTIVES}`);
  });

  test("never throws; offsets rise and point at a head; bodies are trimmed parts of the text", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        let last = -1;
        for (const { names, body, offset } of parseDirectives(text)) {
          expect(offset).toBeGreaterThan(last);
          last = offset;
          expect(text.slice(offset)).toMatch(/^(?:\*{1,3}|_{1,3}|`)?@[A-Za-z]/);
          expect(text.slice(0, offset)).toMatch(/(?:^|[\r\n])[ \ufeff\u00a0]*$/);
          expect(text.indexOf(body, offset)).toBeGreaterThan(-1);
          expect(body).toBe(body.trim());
          expect(names.length).toBeGreaterThan(0);
          expect(new Set(names).size).toBe(names.length);
          for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9._-]{0,63}$/);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test("finds nothing in a fence longer than any in the text, in a quote, in an indented block or without an @", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const lines = text.split(/\r\n|\r|\n/);
        const fence = "`".repeat(text.length + 3);
        expect(parseDirectives(`${fence}\n${text}\n${fence}`)).toEqual([]);
        expect(parseDirectives(`~~~\n${text.replaceAll("~", "")}`)).toEqual([]);
        expect(parseDirectives(lines.map((line) => `> ${line}`).join("\n"))).toEqual([]);
        expect(parseDirectives(lines.map((line) => `    ${line}`).join("\n"))).toEqual([]);
        expect(parseDirectives(text.replaceAll("@", ""))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a closed fence hides only itself: the text after it is read as if it were alone", () => {
    fc.assert(
      fc.property(hostileText, openLine, (code, after) => {
        const fence = "~".repeat(code.length + 3);
        const before = `${fence}\n${code}\n${fence}\n`;
        const alone = parseDirectives(after.join("\n"));
        const found = parseDirectives(before + after.join("\n"));
        expect(found).toEqual(alone.map((item) => ({ ...item, offset: item.offset + before.length })));
      }),
    );
  });

  test("two texts without fences, joined at a directive, give the directives of both", () => {
    fc.assert(
      fc.property(openLine, openLine, (left, right) => {
        const first = `${left.join("\n")}\n`;
        const second = ["@z start", ...right].join("\n");
        const moved = parseDirectives(second).map((item) => ({ ...item, offset: item.offset + first.length }));
        expect(parseDirectives(first + second)).toEqual([...parseDirectives(first), ...moved]);
      }),
    );
  });

  test("the kind of line ending changes nothing but the line endings inside bodies", () => {
    fc.assert(
      fc.property(hostileText, fc.constantFrom("\r\n", "\r"), (text, ending) => {
        const unix = text.replace(/\r\n|\r/g, "\n");
        expect(parseDirectives(unix.replaceAll("\n", ending)).map(show)).toEqual(parseDirectives(unix).map(show));
      }),
      { numRuns: 2_000 },
    );
  });

  test("a text in capitals has the names and prefixes of the same text in small letters", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const upper = text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
        const lower = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
        const heads = (items: Directive[]) => items.map(({ names, offset, prefix }) => ({ names, offset, prefix }));
        expect(heads(parseDirectives(upper))).toEqual(heads(parseDirectives(lower)));
      }),
    );
  });

  test("a word of several parts is near a name only where its capitals part it", () => {
    expect(parseDirectives("@bobGATE: x").map(({ names }) => names)).toEqual([["bobgate"]]);
    expect(parseDirectives("@bobGate:x").map(({ names }) => names)).toEqual([["bobgate"]]);
    expect(parseDirectives("@bobgate:x")).toEqual([]);
  });

  test("reads back a message written in the plainest form", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    const body = fc.stringMatching(/^[^\s@`~*>:-][^@`~]{0,40}[^\s@`~]$/);
    const message = fc.record({
      names: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
      body: body.filter((text) => text === text.trim() && !/^(?:gate|notify|interrupt):/i.test(text)),
      prefix: fc.constantFrom("gate", "notify", "interrupt", undefined),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: MAX_DIRECTIVES }), (messages) => {
        const text = messages
          .map(({ names, body: text, prefix }) => {
            const start = prefix === undefined ? "" : `${prefix.toUpperCase()}: `;
            return `${names.map((to) => `@${to}`).join(", ")}: ${start}${text}`;
          })
          .join("\n");
        const found = parseDirectivesIn(text, anyNames).map(({ names, body: text, prefix }) => ({
          names,
          body: text,
          prefix,
        }));
        expect(found).toEqual(messages);
      }),
    );
  });
});

describe("parseAddressed", () => {
  test.each([
    ["hello all", [], "hello all"],
    ["@coder stop", ["coder"], "stop"],
    ["@Coder, @mia and @tom: stop", ["coder", "mia", "tom"], "stop"],
    ["\n\n  @coder stop\n", ["coder"], "stop"],
    ["@coder one\n@mia two", ["coder"], "one\n@mia two"],
    ["can @coder look?", [], "can @coder look?"],
    ["@coder's idea", [], "@coder's idea"],
    ["> @coder said", [], "> @coder said"],
    ["- @coder", [], "- @coder"],
    ["hello\n@coder stop", [], "hello\n@coder stop"],
    ["```\n@coder\n```", [], "```\n@coder\n```"],
    ["@room GATE: x", ["room"], "GATE: x"],
    ["@coder", ["coder"], ""],
    ["  ", [], ""],
    ["", [], ""],
  ])("%j", (text, names, body) => {
    expect(parseAddressed(text)).toEqual({ names, body });
  });

  test("never throws, and agrees with parseDirectives about a head at the very start", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const { names, body } = parseAddressed(text);
        expect(text).toContain(body);
        const first = parseDirectives(text)[0];
        const startsWithHead = first !== undefined && text.slice(0, first.offset).trim() === "";
        expect(names).toEqual(startsWithHead ? first.names : []);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("utf8Bytes", () => {
  test("counts what an encoder writes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (text, withLoneSurrogate) => {
        const whole = withLoneSurrogate ? `${text}\ud800a\udc00` : text;
        expect(utf8Bytes(whole)).toBe(Buffer.byteLength(whole, "utf8"));
      }),
    );
    expect(MAX_BODY_BYTES).toBe(32_768);
  });
});
