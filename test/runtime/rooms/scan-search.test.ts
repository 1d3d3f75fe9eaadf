import { expect, test } from "vitest";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import type { Commit } from "../../../src/core/room/commit.js";
import { createScanSearch, type ScanBounds } from "../../../src/runtime/rooms/scan-search.js";
import { createTurnTaking } from "../../../src/runtime/rooms/turn-taking.js";
import { testSearchIndexContract } from "../../contract/search-index.js";

async function scanOver(roomId: string, commits: readonly Commit[], bounds: Partial<ScanBounds> = {}) {
  const eventLog = createMemoryEventLog();
  for (const commit of commits) expect(await eventLog.append(`room/${roomId}`, [commit])).toEqual({ kind: "appended" });
  return createScanSearch({ eventLog, turns: createTurnTaking(), bounds });
}

testSearchIndexContract("a scan of the log", (roomId, commits) => scanOver(roomId, commits));
testSearchIndexContract("a scan within a tight bound", (roomId, commits) =>
  scanOver(roomId, commits, { maxCommits: 200 }),
);

test.each<[string, Partial<ScanBounds>, number]>([
  ["commits", { maxCommits: 400 }, 601],
  ["bytes of messages", { maxBytes: 150_000 }, 801],
])("a scan ends at its bound of %s, and says how far it looked", async (_, bounds, version) => {
  const body = "x".repeat(1_000);
  const commits = Array.from({ length: 1_000 }, (_unused, at): Commit => {
    const message = { messageId: `m${at}`, from: "mia", to: "room", body, class: "deliver", hop: 0 };
    const parent = at === 0 ? "" : `c${at}`;
    return {
      id: `c${at + 1}`,
      version: at + 1,
      parent,
      at,
      by: "mia",
      events: [{ type: "message.posted", ...message }],
    };
  });
  const index = await scanOver("r1", commits, bounds);
  const top = { version: 1_000, commitId: "c1000" };
  const found = await index.find({ roomId: "r1", top, containing: "needle", limit: 5 });
  expect(found).toEqual({ messages: [], lookedBackTo: { version, at: version - 1 }, next: { version } });
});

test("a scan follows the parents, and shows no superseded commit", async () => {
  const eventLog = createMemoryEventLog();
  const commit = (id: string, version: number, parent: string): Commit => {
    const message = { messageId: id, from: "mia", to: "room", body: `of ${id}`, class: "deliver", hop: 0 };
    return { id, version, parent, at: version, by: "mia", events: [{ type: "message.posted", ...message }] };
  };
  await eventLog.append("room/r1", [commit("a", 1, ""), commit("b", 2, "a")]);
  const index = createScanSearch({ eventLog, turns: createTurnTaking() });
  const find = async (commitId: string) =>
    (await index.find({ roomId: "r1", top: { version: 2, commitId }, limit: 9 })).messages.map(
      ({ event }) => event.body,
    );
  expect(await find("b")).toEqual(["of b", "of a"]);
  expect(await find("another")).toEqual(["of a"]);
});
