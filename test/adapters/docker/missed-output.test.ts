import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createOutputJoin, openLine, wholeLines } from "../../../adapters/docker/missed-output.js";

const bytes = (text: string): Buffer => Buffer.from(text);

/** Lines no two of which are equal, as those of a protocol with ids. */
const uniqueLines = fc
  .array(fc.string({ unit: fc.constantFrom("a", "b", "é", "}"), maxLength: 30 }), { minLength: 1, maxLength: 12 })
  .map((tails) => tails.map((tail, index) => `${index}:${tail}\n`));

const repeatedLines = fc.array(fc.constantFrom("tick\n", "tock\n", "}\n", "\n"), { minLength: 1, maxLength: 12 });

/** One run: the position at which the connection opened, the log at each look, and the cuts between live bytes. */
const story = (lines: fc.Arbitrary<string[]>) =>
  fc.record({
    lines,
    open: fc.double({ min: 0, max: 1, noNaN: true }),
    firstLook: fc.double({ min: 0, max: 1, noNaN: true }),
    secondLook: fc.double({ min: 0, max: 1, noNaN: true }),
    cuts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
  });

/** Plays one run as the engine does and returns the output that was passed on. */
function play({
  lines,
  ...at
}: {
  lines: string[];
  open: number;
  firstLook: number;
  secondLook: number;
  cuts: number[];
}) {
  const all = bytes(lines.join(""));
  const opened = Math.floor(at.open * all.length);
  const logAt = (printed: number) => wholeLines(all.subarray(0, printed));
  const join = createOutputJoin();
  const out: Buffer[] = [join.log(logAt(opened + Math.floor(at.firstLook * (all.length - opened))))];
  let printed = opened;
  for (let turn = 0; printed < all.length; turn++) {
    const next = Math.min(all.length, printed + (at.cuts[turn % at.cuts.length] ?? 1));
    out.push(join.live(all.subarray(printed, next)));
    printed = next;
    // The log is ahead of what arrived live by any number of bytes.
    if (join.needsLog()) out.push(join.log(logAt(printed + Math.floor(at.secondLook * (all.length - printed)))));
  }
  return { all: all.toString(), passedOn: Buffer.concat(out).toString(), isJoined: !join.needsLog() };
}

describe("missed output joined with live output", () => {
  test("is every line in order, wherever the connection opened and however far the log was ahead", () => {
    const property = fc.property(story(uniqueLines), (run) => {
      const { passedOn, isJoined } = play(run);
      expect(isJoined).toBe(true);
      expect([...new Set(passedOn.match(/[^\n]*\n/g))]).toEqual(run.lines);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  test("loses nothing where lines repeat: some come twice, each whole", () => {
    const property = fc.property(story(repeatedLines), (run) => {
      const { passedOn } = play(run);
      const lines = passedOn.match(/[^\n]*\n/g) ?? [];
      expect(lines.every((line) => run.lines.includes(line))).toBe(true);
      for (const kind of new Set(run.lines)) {
        const count = (of: string[]) => of.filter((line) => line === kind).length;
        expect(count(lines)).toBeGreaterThanOrEqual(count(run.lines));
      }
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  test("continues with live output if the log lost the part before it", () => {
    const join = createOutputJoin();
    expect(join.log(bytes("1\n2\n3\n")).toString()).toBe("1\n2\n3\n");
    expect(join.live(bytes("4\n5\n")).toString()).toBe("");
    expect(join.log(bytes("3\n4\n5\n")).toString()).toBe("4\n5\n");
    expect(join.live(bytes("6\n")).toString()).toBe("6\n");
  });

  test("gives up on a line the log does not show, and passes on from the next", () => {
    const join = createOutputJoin();
    join.log(bytes("1\n"));
    join.live(bytes("rest of a damaged line\n2\n"));
    expect(join.log(bytes("1\na dama?ed line\n")).toString()).toBe("a dama?ed line\n");
    expect(join.needsLog()).toBe(true);
    expect(join.giveUp().toString()).toBe("2\n");
    expect(join.live(bytes("3\n")).toString()).toBe("3\n");
  });

  test("distinguishes a whole line from the beginning of one", () => {
    expect(wholeLines(bytes("a\nb\nc")).toString()).toBe("a\nb\n");
    expect(openLine(bytes("a\nb\nc")).toString()).toBe("c");
    expect(wholeLines(bytes("c")).toString()).toBe("");
  });
});
