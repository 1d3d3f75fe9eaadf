import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { missingTests, namedTests } from "./support/named-tests.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const rows = readFileSync(`${root}/docs/threat-model.md`, "utf8")
  .split("\n")
  .flatMap((line) => {
    const [, id = "", exploit = "", failsIn = "", worksIn = ""] = line.split("|").map((cell) => cell.trim());
    return /^[HML]\d+b?$/.test(id) ? [{ id, exploit, failsIn, worksIn }] : [];
  });

describe("the exploits of docs/threat-model.md", () => {
  test("are all there, each once", () => {
    const ids = rows.map(({ id }) => id);
    expect(ids).toEqual("H1 H1b H2 H3 H4 M1 M2 M3 M4 M5 L1 L2 L3 L4 L5".split(" "));
  });

  test.each(rows)("$id names tests that exist, and positive controls", ({ failsIn, worksIn }) => {
    expect(namedTests(failsIn).length).toBeGreaterThan(0);
    expect(namedTests(worksIn).length).toBeGreaterThan(0);
    expect(missingTests(root, `${failsIn} ${worksIn}`)).toEqual([]);
  });

  test("a title that no test has is found", () => {
    expect(missingTests(root, '`test/invariants-doc.test.ts` "names tests that never were"')).toHaveLength(1);
    expect(missingTests(root, '`test/invariants-doc.test.ts` "names tests that exist"')).toEqual([]);
    expect(missingTests(root, '`test/no-such-file.test.ts` "anything"')).toHaveLength(1);
  });
});
