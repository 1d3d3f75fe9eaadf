import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { journalsFolder, type Lmdb, openLmdb } from "../../../adapters/lmdb/open-lmdb.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import type { Commit } from "../../../src/core/room/commit.js";
import type { EventLog, Head } from "../../../src/ports/event-log.js";
import { commitsOn, headOf, idsOf, range } from "../../support/commits.js";
import { newFolder, removeFolders } from "../../support/lmdb.js";
import { mountSmallDisk, needsSmallDisk } from "../../support/small-disk.js";

afterAll(removeFolders);

const mebibyte = 1_024 * 1_024;
const mia = "agent/r1/mia";

const open = (dir: string, journals: { maxBytes?: number } = {}): Promise<Lmdb> =>
  openLmdb({ dir, log: createMemoryLogger(), journals });
const openAsBefore = (dir: string): Promise<Lmdb> => openLmdb({ dir, log: createMemoryLogger() });

async function append(log: EventLog, stream: string, label: string, count: number): Promise<Head | undefined> {
  const commits = commitsOn(await log.head(stream), label, count);
  expect(await log.append(stream, commits)).toEqual({ kind: "appended" });
  return headOf(commits.at(-1) as Commit);
}

/** A folder in which an earlier version left the journal of mia with three commits, and a room. */
async function oldFolder(): Promise<string> {
  const dir = newFolder();
  const before = await openAsBefore(dir);
  await append(before.eventLog, mia, "old", 3);
  await append(before.eventLog, "room/r1", "room", 2);
  await before.close();
  return dir;
}

const threeAndTwo = ["old-1", "old-2", "old-3", "new-4", "new-5"];

test("a journal begun with the rooms goes on in the journals' environment, in one sequence", async () => {
  const dir = await oldFolder();
  let lmdb = await open(dir);
  expect(await lmdb.eventLog.head(mia)).toEqual({ version: 3, id: "old-3" });
  const head = await append(lmdb.eventLog, mia, "new", 2);
  await append(lmdb.eventLog, "agent/r1/ada", "ada", 1);
  for (let opened = 1; opened <= 2; opened++) {
    const { eventLog } = lmdb;
    expect(await eventLog.head(mia)).toEqual(head);
    expect(idsOf(await eventLog.read(mia))).toEqual(threeAndTwo);
    expect(idsOf(await eventLog.read(mia, { reverse: true }))).toEqual(threeAndTwo.toReversed());
    expect(idsOf(await eventLog.read(mia, { after: 1, before: 5 }))).toEqual(["old-2", "old-3", "new-4"]);
    expect(idsOf(await eventLog.read(mia, { after: 3 }))).toEqual(["new-4", "new-5"]);
    expect(idsOf(await eventLog.read(mia, { before: 3 }))).toEqual(["old-1", "old-2"]);
    expect(idsOf(await eventLog.read(mia, { limit: 4 }))).toEqual(threeAndTwo.slice(0, 4));
    expect(idsOf(await eventLog.read(mia, { limit: 3, reverse: true }))).toEqual(["new-5", "new-4", "old-3"]);
    expect((await eventLog.streams("")).map(({ stream }) => stream)).toEqual(["agent/r1/ada", mia, "room/r1"]);
    expect(await eventLog.streams("agent/")).toMatchObject([{ version: 1 }, { version: 5, id: "new-5" }]);
    await lmdb.close();
    lmdb = await open(dir);
  }
  await lmdb.close();
  const rooms = await openAsBefore(dir);
  expect(await rooms.eventLog.head(mia)).toEqual({ version: 3, id: "old-3" });
  expect(await rooms.eventLog.head("agent/r1/ada")).toBeUndefined();
  await rooms.close();
});

test("pages bounded in characters reach the end over the seam, in both directions", async () => {
  const dir = await oldFolder();
  const { eventLog, close } = await open(dir);
  await append(eventLog, mia, "new", 2);
  const forward: string[] = [];
  for (let after = 0; ; ) {
    const page = await eventLog.read(mia, { after, maxChars: 1 });
    if (page.length === 0) break;
    forward.push(...idsOf(page));
    after = page.at(-1)?.version ?? 0;
  }
  expect(forward).toEqual(threeAndTwo);
  expect(idsOf(await eventLog.read(mia, { reverse: true, maxChars: 1_000_000 }))).toEqual(["new-5", "new-4"]);
  await close();
});

test("a tail of a journal crosses the seam, and refusals are those of one stream", async () => {
  const dir = await oldFolder();
  const { eventLog, close } = await open(dir);
  const ended = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const entries of eventLog.tail(mia, 1, ended.signal)) {
      seen.push(...idsOf(entries));
      if (seen.length === 4) return;
    }
  })();
  const [late] = commitsOn(undefined, "late", 1);
  expect(await eventLog.append(mia, [late as Commit])).toEqual({ kind: "conflict", head: { version: 3, id: "old-3" } });
  const again = commitsOn(undefined, "old", 3);
  expect(await eventLog.append(mia, again)).toEqual({ kind: "appended" });
  await append(eventLog, mia, "new", 2);
  await following;
  expect(seen).toEqual(["old-2", "old-3", "new-4", "new-5"]);
  ended.abort();
  await close();
});

test("what an earlier version writes to a journal that went on elsewhere does not mix with it", async () => {
  const dir = await oldFolder();
  const later = await open(dir);
  await append(later.eventLog, mia, "new", 2);
  await later.close();
  const earlier = await openAsBefore(dir);
  await append(earlier.eventLog, mia, "back", 4);
  await earlier.close();
  const { eventLog, close } = await open(dir);
  expect(idsOf(await eventLog.read(mia))).toEqual(threeAndTwo);
  expect(await eventLog.head(mia)).toEqual({ version: 5, id: "new-5" });
  await close();
});

/** Appends to a journal until one is refused. */
async function fill(log: EventLog): Promise<unknown> {
  let head = await log.head(mia);
  for (let count = 0; count < 20_000; count++) {
    const [commit] = commitsOn(head, "m") as [Commit];
    const failed = await log.append(mia, [{ ...commit, cause: "c".repeat(30_000) }]).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failed) return failed;
    head = headOf(commit);
  }
  return undefined;
}

test("journals at their limit refuse in words, rooms go on, and a higher limit lets them go on", async () => {
  const dir = newFolder();
  const logger = createMemoryLogger();
  const lmdb = await openLmdb({ dir, log: logger, journals: { maxBytes: 16 * mebibyte } });
  expect(await lmdb.journals?.check()).toMatchObject({ ok: true, detail: expect.stringContaining("of at most 16 MB") });
  expect(await fill(lmdb.eventLog)).toMatchObject({ code: "full", message: expect.stringContaining("limit of 16 MB") });
  for (let tried = 1; tried <= 5; tried++) await fill(lmdb.eventLog);
  expect(logger.records.filter(({ level }) => level === "error")).toHaveLength(1);
  expect(await lmdb.journals?.check()).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/not recorded now; rooms go on.*limit of 16 MB/),
  });
  expect(await lmdb.eventLog.check()).toEqual({ ok: true });
  await append(lmdb.eventLog, "room/r1", "room", 10);
  const head = await lmdb.eventLog.head(mia);
  expect(idsOf(await lmdb.eventLog.read(mia, { reverse: true, limit: 1 }))).toEqual([head?.id]);
  await lmdb.close();
  const again = await open(dir, { maxBytes: 32 * mebibyte });
  expect(await again.eventLog.head(mia)).toEqual(head);
  await append(again.eventLog, mia, "more", 1);
  expect(await again.journals?.check()).toMatchObject({ ok: true });
  await again.close();
});

test("rooms open without journals that cannot be read, and nobody takes these for empty", async () => {
  const dir = newFolder();
  const first = await open(dir);
  await append(first.eventLog, mia, "m", 1);
  await append(first.eventLog, "room/r1", "room", 1);
  await first.close();
  writeFileSync(join(dir, journalsFolder, "data.mdb"), Buffer.alloc(8_192, 7));
  const { eventLog, journals, close } = await open(dir);
  await append(eventLog, "room/r1", "room", 1);
  expect(await eventLog.check()).toEqual({ ok: true });
  expect(await journals?.check()).toMatchObject({ ok: false, detail: expect.stringContaining("damaged") });
  expect(await eventLog.streams("room/")).toHaveLength(1);
  await expect(eventLog.head(mia)).rejects.toMatchObject({ code: "corrupt" });
  await expect(eventLog.streams("")).rejects.toMatchObject({ code: "corrupt" });
  await expect(eventLog.append(mia, commitsOn(undefined, "m"))).rejects.toMatchObject({ code: "corrupt" });
  await close();
});

test("a folder whose journals were moved away keeps its rooms and records on", async () => {
  const dir = await oldFolder();
  const first = await open(dir);
  await append(first.eventLog, mia, "new", 2);
  await append(first.eventLog, "agent/r1/ada", "ada", 2);
  await first.close();
  renameSync(join(dir, journalsFolder), join(newFolder(), "put-away"));
  const { eventLog, close } = await open(dir);
  expect(idsOf(await eventLog.read("room/r1"))).toEqual(["room-1", "room-2"]);
  expect(await eventLog.head("agent/r1/ada")).toBeUndefined();
  await append(eventLog, mia, "other", 1);
  expect(idsOf(await eventLog.read(mia))).toEqual(["old-1", "old-2", "old-3", "other-4"]);
  await close();
});

test("one process at a time has the journals", async () => {
  const dir = newFolder();
  const { close } = await open(dir);
  await expect(openAsBefore(join(dir, journalsFolder))).rejects.toMatchObject({ code: "in-use" });
  await close();
  expect(existsSync(join(dir, journalsFolder, "data.mdb"))).toBe(true);
  await (await openAsBefore(join(dir, journalsFolder))).close();
});

needsSmallDisk()("a full disk under the journals alone", () => {
  test("keeps no room from being written to, and no start", async () => {
    const disk = mountSmallDisk(6 * mebibyte);
    if (disk === undefined) throw new Error("this user may not mount a file system");
    const dir = newFolder();
    const { symlinkSync } = await import("node:fs");
    symlinkSync(disk.dir, join(dir, journalsFolder));
    try {
      const lmdb = await open(dir);
      expect(await fill(lmdb.eventLog)).toMatchObject({ code: "full" });
      await append(lmdb.eventLog, "room/r1", "room", range(1, 50).length);
      expect(await lmdb.eventLog.check()).toEqual({ ok: true });
      expect(await lmdb.journals?.check()).toMatchObject({ ok: false, detail: expect.stringContaining("is full") });
      await lmdb.close();
      const again = await open(dir);
      await append(again.eventLog, "room/r1", "room", 1);
      await again.close();
    } finally {
      disk.remove();
    }
  });
});
