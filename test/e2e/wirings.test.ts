import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openFleet, openPostgresFleet } from "../support/fleet.js";
import { startParley } from "../support/parley-process.js";
import { needsPostgres, needsRedis } from "../support/require.js";
import { tellStory } from "./wirings-story.js";

/** The story as one process with a data folder has it; the others must have the same. */
let embedded: string[] | undefined;

async function tellEmbedded(): Promise<string[]> {
  const dataDir = await mkdtemp(join(tmpdir(), "parley-story-"));
  const parley = await startParley({ dataDir, deadlineMs: 60_000, env: { PARLEY_SANDBOX: "none" } });
  try {
    return await tellStory({ urls: [parley.url], adminToken: parley.adminToken });
  } finally {
    await parley.kill("SIGTERM");
    await rm(dataDir, { recursive: true, force: true });
  }
}

test("a room's life in one process with a data folder", { timeout: 180_000 }, async () => {
  embedded = await tellEmbedded();
  console.log(`${embedded.length} events`);
  expect(embedded.join("\n")).toContain("room.closed");
});

async function tellFleet(open: typeof openFleet | typeof openPostgresFleet, count: number): Promise<void> {
  embedded ??= await tellEmbedded();
  const fleet = await open();
  try {
    const names = Array.from({ length: count }, (_, index) => `node-${index}`);
    const processes = await Promise.all(names.map((name) => fleet.start(name)));
    const adminToken = processes[0]?.adminToken ?? "";
    expect(await tellStory({ urls: processes.map(({ url }) => url), adminToken })).toEqual(embedded);
  } finally {
    await fleet.stop();
  }
}

needsRedis()("the same life over Redis and a stream server", () => {
  for (const count of [2, 3])
    test(`with every request to another of ${count} processes`, { timeout: 240_000 }, () =>
      tellFleet(openFleet, count),
    );

  needsPostgres()("or PostgreSQL", () => {
    for (const count of [1, 2, 3])
      test(`with every request to another of ${count} processes`, { timeout: 240_000 }, () =>
        tellFleet(openPostgresFleet, count),
      );
  });
});
