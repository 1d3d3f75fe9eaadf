import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { missingTests, namedTests } from "./support/named-tests.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const rows = readFileSync(`${root}/docs/invariants.md`, "utf8")
  .split("\n")
  .flatMap((line) => {
    const [, id = "", always = "", enforcedIn = "", shownBy = ""] = line.split("|").map((cell) => cell.trim());
    return /^[A-Z]\d+$/.test(id) ? [{ id, always, enforcedIn, shownBy }] : [];
  });

const pathsIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);

describe("docs/invariants.md", () => {
  test("has rows for the fold, gates, turns, the outbox, budgets and doubled mechanisms, each numbered once", () => {
    const ids = rows.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...new Set(ids.map((id) => id[0]))]).toEqual(["F", "G", "T", "O", "B", "R"]);
    expect(ids.length).toBeGreaterThan(30);
  });

  test.each(rows)("$id names a place that enforces it", ({ always, enforcedIn }) => {
    expect(always).toMatch(/\.$/);
    const paths = pathsIn(enforcedIn);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !/^(src|adapters)\//.test(path) || !existsSync(`${root}/${path}`))).toEqual([]);
  });

  test.each(rows.filter(({ id }) => id.startsWith("R")))("$id names a test without each mechanism", ({ shownBy }) => {
    expect(shownBy.match(/without /g)?.length).toBeGreaterThanOrEqual(2);
    expect(namedTests(shownBy)).toHaveLength(2);
  });

  test.each(rows)("$id names tests that exist", ({ shownBy }) => {
    expect(namedTests(shownBy).length).toBeGreaterThan(0);
    expect(missingTests(root, shownBy)).toEqual([]);
  });
});
