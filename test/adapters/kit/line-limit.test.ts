import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLineLimit } from "../../../adapters/kit/line-limit.js";
import { deferred } from "../../support/deferred.js";

async function passed(chunks: readonly Buffer[], limit: { maxBytes?: number; maxValues?: number }) {
  let dropped = 0;
  const { stream } = createLineLimit({ maxBytes: 1_024 * 1_024, ...limit, onTooLong: () => dropped++ });
  const text = (await buffer(Readable.from(chunks).pipe(stream))).toString();
  return { text, dropped };
}

/** Lists and objects, and each of their members but the first. */
function valuesIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const members = Object.values(value);
  return 1 + Math.max(0, members.length - 1) + members.reduce((sum: number, member) => sum + valuesIn(member), 0);
}

const inPieces = (text: string, sizes: readonly number[]): Buffer[] => {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const size of [...sizes, text.length]) {
    pieces.push(Buffer.from(text.slice(from, from + size)));
    from += size;
  }
  return pieces.filter(({ length }) => length > 0);
};

describe("a limit on lines", () => {
  test("drops exactly the lines that are too long, wherever the bytes are cut", async () => {
    const lines = fc.array(fc.stringMatching(/^[ab]{0,24}$/), { maxLength: 12 });
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(lines, sizes, async (texts, cuts) => {
        const { text, dropped } = await passed(inPieces(texts.map((line) => `${line}\n`).join(""), cuts), {
          maxBytes: 12,
        });
        expect(text).toBe(texts.flatMap((line) => (line.length <= 12 ? [`${line}\n`] : [])).join(""));
        expect(dropped).toBe(texts.filter((line) => line.length > 12).length);
      }),
      { numRuns: 300 },
    );
  });

  test("passes on a last line without a line feed, unless it is too long", async () => {
    expect(await passed([Buffer.from("one\ntwo")], { maxBytes: 5 })).toEqual({ text: "one\ntwo", dropped: 0 });
    expect(await passed([Buffer.from("one\nseven more")], { maxBytes: 5 })).toEqual({ text: "one\n", dropped: 1 });
  });

  test("drops exactly the lines with too many values, wherever the bytes are cut", async () => {
    const line = fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc
        .array(fc.string({ unit: fc.constantFrom("a", '"', "\\", ",", "[", "{", "ж"), maxLength: 8 }), { maxLength: 6 })
        .map((texts) => JSON.stringify(texts)),
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 6 }), sizes, async (lines, cuts) => {
        const { text, dropped } = await passed(inPieces(lines.map((each) => `${each}\n`).join(""), cuts), {
          maxValues: 4,
        });
        const small = lines.filter((each) => valuesIn(JSON.parse(each)) <= 4);
        expect(text).toBe(small.map((each) => `${each}\n`).join(""));
        expect(dropped).toBe(lines.length - small.length);
      }),
      { numRuns: 500 },
    );
  });

  test("passes on a long text however many brackets and commas it holds", async () => {
    const line = `${JSON.stringify({ text: "[{,".repeat(10_000) })}\n`;
    expect(await passed([Buffer.from(line)], { maxValues: 1 })).toEqual({ text: line, dropped: 0 });
  });

  test("takes no more of a line that never ends than the longest one", async () => {
    const chunk = Buffer.alloc(64 * 1_024, "x");
    const endless = Readable.from(
      (function* () {
        for (let count = 0; count < 4_000; count++) yield chunk;
      })(),
    );
    let dropped = 0;
    const { stream } = createLineLimit({ maxBytes: 1_024 * 1_024, onTooLong: () => dropped++ });
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    endless.on("data", () => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    });
    expect(await buffer(endless.pipe(stream))).toHaveLength(0);
    expect(dropped).toBe(1);
    expect(most).toBeLessThan(16 * 1_024 * 1_024);
  });

  test("passes nothing on while it is held, and everything afterwards", async () => {
    const { stream, hold } = createLineLimit({ maxBytes: 100, onTooLong: () => {} });
    const [first, second] = [deferred(), deferred()];
    let text = "";
    stream.on("data", (bytes: Buffer) => {
      text += bytes.toString();
    });
    hold(first.promise);
    hold(second.promise);
    stream.write("one\n");
    second.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(text).toBe("");
    first.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(text).toBe("one\n");
  });
});
