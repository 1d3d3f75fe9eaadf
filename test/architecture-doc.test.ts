import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../src/core/room/limits.js";
import { writeLimits } from "../src/runtime/rooms/log-writer.js";
import { largeAudience, viewersAtOnce } from "../src/runtime/viewers/audience.js";
import { maxFunctionLines, maxOwnLines } from "./support/function-size.js";
import { layout, maxLines } from "./support/layout.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const text = readFileSync(`${root}/docs/architecture.md`, "utf8").replace(/\s+/g, " ");

describe("docs/architecture.md", () => {
  test("names files and folders that are there", () => {
    const named = [...text.matchAll(/`((?:src|adapters|test|docs|skills)\/[^`<>*\s]+)`/g)].map(([, path = ""]) => path);
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((path) => !existsSync(`${root}/${path}`))).toEqual([]);
  });

  test.each([
    ["how often a lost race is decided again", `decided again, ${writeLimits.maxConflicts} times at most`],
    ["how often an unknown outcome is repeated", `${writeLimits.maxAttempts} attempts in all`],
    ["when a message is given up", `its sandbox has died ${LIMITS.maxSandboxDeaths} times`],
    ["when restarts give a message up", `Parley was restarted ${LIMITS.maxRouterRestarts} times`],
    ["how large a file may be", `a file over ${maxLines} lines`],
    ["how large a function may be", `over ${maxOwnLines} lines of its own or ${maxFunctionLines} in all`],
    [
      "how many viewers get a write at a time",
      `to ${viewersAtOnce === 100 ? "a hundred" : viewersAtOnce} viewers at a time`,
    ],
    [
      "from how many viewers frames are gathered",
      `${largeAudience === 50 ? "fifty" : largeAudience} or more watch a room`,
    ],
  ])("says %s as the code has it", (_what, words) => {
    expect(text).toContain(words);
  });

  test("shows the access of each wing", () => {
    for (const { name, places } of layout.filter((place) => place.name.startsWith("runtime/"))) {
      const wing = name.slice("runtime/".length);
      const row = text.match(new RegExp(`\\| \`${wing}\` \\|[^|]*\\| ([^|]*)\\|`))?.[1]?.trim();
      const seen = places.flatMap((place) => (place.startsWith("runtime/") ? [place.slice("runtime/".length)] : []));
      expect([wing, wing === "node" ? "all" : seen.join(", ")]).toEqual([wing, row]);
    }
  });
});
