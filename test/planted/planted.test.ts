import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { describe, expect, test } from "vitest";
import { withFault } from "./fault.js";
import { plantedFaults } from "./faults.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the list of planted faults", () => {
  test("names each fault once, in every part of the code", () => {
    const ids = plantedFaults.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(75);
    const parts = new Set(plantedFaults.map(({ file }) => file.split("/").slice(0, 2).join("/")));
    expect([...parts]).toEqual(expect.arrayContaining(["src/core", "src/runtime", "src/http", "adapters/web"]));
  });

  test.each(plantedFaults)("$id is one change of code that can still be parsed", (fault) => {
    const text = readFileSync(`${root}/${fault.file}`, "utf8");
    const changed = withFault(fault, text);
    expect(changed).not.toBe(text);
    expect(() => transformSync(changed, { loader: fault.file.endsWith("x") ? "tsx" : "ts" })).not.toThrow();
  });

  test.each(plantedFaults)("$id names tests that exist", ({ tests }) => {
    expect(tests.length).toBeGreaterThan(0);
    expect(tests.filter((path) => !existsSync(`${root}/${path}`))).toEqual([]);
  });
});
