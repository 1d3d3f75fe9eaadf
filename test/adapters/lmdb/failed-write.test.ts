import { afterAll, expect, test } from "vitest";
import { openEnvironment } from "../../../adapters/lmdb/environment.js";
import { createLmdbEventLog } from "../../../adapters/lmdb/event-log.js";
import { createGroupWriter } from "../../../adapters/lmdb/group-writer.js";
import { takeOwnership } from "../../../adapters/lmdb/owner.js";
import { createReservedSpace } from "../../../adapters/lmdb/reserved-space.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { commitsOn, idsOf } from "../../support/commits.js";
import { newFolder, removeFolders } from "../../support/lmdb.js";

afterAll(removeFolders);

/** A log on a disk that fails on request. */
async function openOnBadDisk() {
  const environment = openEnvironment(newFolder());
  const disk = { isBad: false, transactions: 0 };
  const ifVersion: typeof environment.meta.ifVersion = (key, version, puts) => {
    disk.transactions += 1;
    return disk.isBad
      ? Promise.reject(new Error("Input/output error"))
      : environment.meta.ifVersion(key, version, puts);
  };
  const meta: typeof environment.meta = Object.create(environment.meta, { ifVersion: { value: ifVersion } });
  const epoch = takeOwnership(environment);
  const space = createReservedSpace(environment);
  const log = createMemoryLogger();
  const writer = createGroupWriter({ environment: { ...environment, meta }, space, epoch, log });
  return { disk, log, eventLog: await createLmdbEventLog(environment, writer), close: () => environment.root.close() };
}

test("a write that the disk refuses leaves nothing behind, and can be tried again", async () => {
  const { disk, log, eventLog, close } = await openOnBadDisk();
  const commits = commitsOn(undefined, "a", 3);
  await eventLog.append("room/r1", commits.slice(0, 1));
  disk.isBad = true;
  const together = commits.slice(1).map((commit) => eventLog.append("room/r1", [commit]));
  const outcomes = await Promise.allSettled([...together, eventLog.append("room/r2", commitsOn(undefined, "b"))]);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ reason: { name: "PortError", code: "unavailable", retryable: true } });
    expect(String(outcome.status === "rejected" && outcome.reason)).toMatch(/Input\/output error.*Try it again/);
  }
  expect(await eventLog.check()).toMatchObject({ ok: false });
  expect(log.records.at(-1)?.level).toBe("error");
  expect(await eventLog.streams("")).toEqual([{ stream: "room/r1", version: 1, id: "a-1" }]);
  disk.isBad = false;
  expect(await eventLog.append("room/r2", commitsOn(undefined, "c"))).toEqual({ kind: "appended" });
  expect(await eventLog.append("room/r1", commits.slice(1))).toEqual({ kind: "appended" });
  expect(idsOf(await eventLog.read("room/r1"))).toEqual(["a-1", "a-2", "a-3"]);
  await close();
});

test("writes that come together share a transaction up to 4 MiB, so that none waits for a huge one", async () => {
  const { disk, eventLog, close } = await openOnBadDisk();
  const append = (stream: string, text: string) =>
    eventLog.append(
      stream,
      commitsOn(undefined, stream, 1).map((commit) => ({ ...commit, events: [{ type: "notice.posted", text }] })),
    );
  await Promise.all(Array.from({ length: 20 }, (_, n) => append(`room/small${n}`, "x")));
  expect(disk.transactions).toBe(1);
  const large = "x".repeat(1_024 * 1_024);
  await Promise.all(Array.from({ length: 6 }, (_, n) => append(`room/large${n}`, large)));
  expect(disk.transactions).toBeGreaterThan(3);
  await close();
});
