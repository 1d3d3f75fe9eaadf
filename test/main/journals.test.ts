import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createManualClock } from "../../adapters/memory/clock.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { parseConfig } from "../../src/config.js";
import { openStorage } from "../../src/main/storage.js";
import { commitsOn } from "../support/commits.js";

test("a full record of agents' turns is a check of its own beside the rooms' log, which goes on", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-journals-"));
  const parsed = parseConfig({ PARLEY_DATA_DIR: dataDir, PARLEY_MAX_JOURNALS_MB: "16" });
  if (!parsed.ok) throw new Error(parsed.problems.join());
  const logger = createMemoryLogger();
  const storage = await openStorage({ config: parsed.config, dataDir, clock: createManualClock(1_000), logger });
  const health = () => storage.checks.journals?.();
  expect(await health()).toMatchObject({ ok: true, detail: expect.stringMatching(/^\d+ MB of at most 16 MB$/) });
  const entry = commitsOn(undefined, "m").map((commit) => ({ ...commit, cause: "c".repeat(100_000) }));
  const fill = async () => {
    for (let agent = 0; agent < 500; agent++) await storage.eventLog.append(`agent/r1/a${agent}`, entry);
  };
  await expect(fill()).rejects.toMatchObject({ code: "full" });
  expect(await health()).toMatchObject({ ok: false, detail: expect.stringContaining("rooms go on") });
  expect(await storage.eventLog.check()).toEqual({ ok: true });
  expect(await storage.eventLog.append("room/r1", commitsOn(undefined, "room"))).toEqual({ kind: "appended" });
  await storage.close();
  rmSync(dataDir, { recursive: true });
});
