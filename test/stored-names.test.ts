import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { listSources } from "./support/imports.js";
import { eventFields, literalsIn } from "./support/stored-names.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const fixture = fileURLToPath(new URL("fixtures/stored-names-1.json", import.meta.url));

/** Names that lie in logs, volumes, Redis, cookies, posted buttons and programs of others. Code may change its words; these stay. */
const { events, names } = z
  .object({ events: z.array(z.string()), names: z.record(z.string(), z.array(z.string())) })
  .parse(JSON.parse(readFileSync(fixture, "utf8")));

describe("what an installation of the first format has stored", () => {
  test("the fields of every event exist, with every value of their closed lists", () => {
    const now = new Set(eventFields());
    const gone = events.filter((line) => !now.has(line));
    expect(gone).toEqual([]);
  });

  test("no event has a new required field", () => {
    const known = new Set(events);
    const types = new Set(events.map((line) => line.split(".").slice(0, 2).join(".")));
    const added = eventFields().filter((line) => !known.has(line) && !line.includes("?") && !line.includes(" = "));
    expect(added.filter((line) => types.has(line.split(".").slice(0, 2).join(".")))).toEqual([]);
  });

  const literals = literalsIn(
    listSources(root, ["src", "adapters"]).filter(({ path }) => !path.startsWith("adapters/web/client/")),
  );

  test.each(Object.entries(names))("%s keep their names", (_what, kept) => {
    expect(kept.filter((name) => !literals.has(name))).toEqual([]);
  });

  test("a renamed one is noticed", () => {
    expect(literals.has("agent/{}/{}")).toBe(true);
    expect(literals.has("agents/{}/{}")).toBe(false);
  });
});
