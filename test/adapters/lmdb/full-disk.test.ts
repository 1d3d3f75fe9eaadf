import { createHash } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { openLmdb } from "../../../adapters/lmdb/open-lmdb.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import type { Commit } from "../../../src/core/room/commit.js";
import type { EventLog, Head } from "../../../src/ports/event-log.js";
import { commitsOn, headOf, idsOf, range } from "../../support/commits.js";
import { mountSmallDisk, needsSmallDisk, type SmallDisk } from "../../support/small-disk.js";

const mebibyte = 1024 * 1024;

/** Appends one by one until one is refused, or `most`. */
async function fill(log: EventLog, most = 10_000): Promise<{ head: Head | undefined; error: unknown }> {
  let head = await log.head("room/r1");
  for (let count = 0; count < most; count += 1) {
    const [commit] = commitsOn(head, "a") as [Commit];
    const result = await log
      .append("room/r1", [{ ...commit, cause: "c".repeat(3_000) }])
      .catch((error: unknown) => ({ error }));
    if ("error" in result) return { head, error: result.error };
    head = headOf(commit);
  }
  return { head, error: undefined };
}

needsSmallDisk()("a full disk", () => {
  let disk: SmallDisk;
  afterEach(() => disk.remove());

  const mount = (bytes: number): SmallDisk => {
    const mounted = mountSmallDisk(bytes);
    if (mounted === undefined) throw new Error("this user may not mount a file system");
    disk = mounted;
    return mounted;
  };

  test("refuses appends, keeps acknowledged ones, and works again when there is space, without a restart", async () => {
    const { dir, resize } = mount(4 * mebibyte);
    const log = createMemoryLogger();
    const lmdb = await openLmdb({ dir: `${dir}/log`, log });
    const { eventLog } = lmdb;
    for (let round = 1; round <= 3; round += 1) {
      const { head, error } = await fill(eventLog);
      expect(error).toMatchObject({ name: "PortError", code: "full", retryable: true });
      expect(String(error)).toMatch(/disk of .* is full.*acknowledged is kept.*Free some space/);
      expect(await eventLog.check()).toMatchObject({ ok: false, detail: expect.stringContaining("is full") });
      const [large] = commitsOn(undefined, "n") as [Commit];
      const refused = eventLog.append("room/new", [{ ...large, cause: "n".repeat(200_000) }]);
      await expect(refused).rejects.toMatchObject({ code: "full" });
      expect(await eventLog.head("room/r1")).toEqual(head);
      expect(await eventLog.head("room/new")).toBeUndefined();
      expect(idsOf(await eventLog.read("room/r1", { after: (head?.version ?? 0) - 3 }))).toEqual(
        range((head?.version ?? 0) - 2, head?.version ?? 0).map((version) => `a-${version}`),
      );
      resize((4 + 2 * round) * mebibyte);
      expect(await eventLog.check()).toEqual({ ok: true });
    }
    const last = await fill(eventLog, 50);
    expect(last.error).toBeUndefined();
    expect(log.records.some(({ level }) => level === "error")).toBe(true);
    await lmdb.close();
    const again = await openLmdb({ dir: `${dir}/log`, log });
    expect(await again.eventLog.head("room/r1")).toEqual(last.head);
    await again.close();
  });

  test("is met by many writers at once without losing or doubling anything", async () => {
    const { dir, resize } = mount(5 * mebibyte);
    const lmdb = await openLmdb({ dir: `${dir}/log`, log: createMemoryLogger() });
    const { eventLog } = lmdb;
    const write = async (room: number) => {
      let head: Head | undefined;
      while (true) {
        const text = createHash("sha256").update(String(head?.version)).digest("hex").repeat(40);
        const batch = commitsOn(head, `w${room}`, 3).map((commit) => ({ ...commit, cause: text }));
        const result = await eventLog.append(`room/${room}`, batch).catch(() => undefined);
        if (result === undefined) return { room, head, batch };
        head = headOf(batch.at(-1) as Commit);
      }
    };
    const writers = await Promise.all(range(1, 20).map(write));
    for (const { room, head } of writers) expect(await eventLog.head(`room/${room}`)).toEqual(head);
    resize(20 * mebibyte);
    const retried = await Promise.all(writers.map(({ room, batch }) => eventLog.append(`room/${room}`, batch)));
    expect(retried.every(({ kind }) => kind === "appended")).toBe(true);
    await lmdb.close();
  });

  test("refuses to open a new folder on it, in words", async () => {
    const { dir } = mount(16_384);
    await expect(openLmdb({ dir: `${dir}/log`, log: createMemoryLogger() })).rejects.toMatchObject({ code: "full" });
  });
});
