import { expect, test } from "vitest";
import { unifiedDiff } from "../../../src/core/text/unified-diff.js";

test("returns nothing for equal texts", () => {
  expect(unifiedDiff("a", "one\n", "one\n")).toBe("");
});

test("shows changed lines with three lines around them", () => {
  const before = ["1", "2", "3", "4", "5", "6", "7", "8", "9", ""].join("\n");
  const after = before.replace("5\n", "five\n");
  expect(unifiedDiff("a.txt", before, after)).toBe(
    "--- a/a.txt\n+++ b/a.txt\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
  );
});

test("shows a file that is on one side alone", () => {
  expect(unifiedDiff("a", undefined, "x\ny\n")).toBe("--- /dev/null\n+++ b/a\n@@ -0,0 +1,2 @@\n+x\n+y\n");
  expect(unifiedDiff("a", "x\n", undefined)).toBe("--- a/a\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\n");
});

test.each(["abcabba|cbabac", "|abc", "abcdef|badcfe", "aXbXc|XaXbX"])(
  "rebuilds both texts of %s from the diff",
  (pair) => {
    const [before = [], after = []] = pair.split("|").map((text) => [...text]);
    const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
    const body = unifiedDiff("a", text(before), text(after))
      .split("\n")
      .slice(2, -1)
      .filter((line) => !line.startsWith("@@"));
    const side = (mark: string) =>
      body.filter((line) => line.startsWith(" ") || line.startsWith(mark)).map((line) => line.slice(1));
    expect(side("-")).toEqual(before);
    expect(side("+")).toEqual(after);
  },
);

test("stays quick where everything differs", () => {
  const lines = (mark: string) => Array.from({ length: 5_000 }, (_, index) => `${mark}${index}`).join("\n");
  expect(unifiedDiff("a", lines("a"), lines("b")).split("\n").length).toBeGreaterThan(10_000);
});
