import { rmSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import type { Commit } from "../../../src/core/room/commit.js";
import type { EventLog, Head } from "../../../src/ports/event-log.js";
import { commitsOn, headOf, idsOf, range } from "../../support/commits.js";
import { newLocation, openToCrash } from "../../support/durable-streams.js";
import { mountSmallDisk, needsSmallDisk, type SmallDisk } from "../../support/small-disk.js";
import { type StreamServerProcess, startStreamServer } from "../../support/stream-server.js";
import { until } from "../../support/until.js";

const mebibyte = 1024 * 1024;

/** Appends one by one until one is refused, or `most`. */
async function fill(log: EventLog, most = 5_000): Promise<{ head: Head | undefined; error: unknown }> {
  let head = await log.head("room/r1");
  for (let count = 0; count < most; count += 1) {
    const [commit] = commitsOn(head, "a") as [Commit];
    const large = { ...commit, cause: "c".repeat(30_000) };
    const result = await log.append("room/r1", [large]).catch((error: unknown) => ({ error }));
    if ("error" in result) return { head, error: result.error };
    head = headOf(commit);
  }
  return { head, error: undefined };
}

needsSmallDisk()("a stream server whose disk is full", () => {
  let disk: SmallDisk | undefined;
  let server: StreamServerProcess | undefined;
  const dirs: string[] = [];
  afterEach(async () => {
    await server?.stop();
    disk?.remove();
    for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
  });

  async function openLog(location: string) {
    dirs.push(location.split(" ")[2] ?? "");
    return openToCrash(location);
  }

  test("stores nothing more and reports it; acknowledged writes stay, and it continues when there is space", async () => {
    disk = mountSmallDisk(3 * mebibyte);
    if (!disk) throw new Error("this user may not mount a file system");
    server = await startStreamServer({ dataDir: `${disk.dir}/streams` });
    const location = newLocation(server.url);
    const { log, close } = await openLog(location);
    let head: Head | undefined;
    for (let round = 1; round <= 2; round += 1) {
      const full = await fill(log);
      expect(full.error).toMatchObject({ name: "PortError", retryable: true });
      head = full.head;
      expect(idsOf(await log.read("room/r1", { after: (head?.version ?? 0) - 3 })).slice(0, 3)).toEqual(
        range((head?.version ?? 0) - 2, head?.version ?? 0).map((version) => `a-${version}`),
      );
      disk.resize((3 + 4 * round) * mebibyte);
      await until("it can be written again", async () => (await log.check()).ok, 20_000);
    }
    const last = await fill(log, 20);
    expect(last.error).toBeUndefined();
    await close();
    server.signal("SIGKILL");
    await server.ended();
    await server.start();
    // With an empty copy: only the server's data counts.
    const fresh = await openLog(`${location} `.replace(/ \S* $/, ` ${newLocation(server.url).split(" ")[2]}`));
    expect(await fresh.log.head("room/r1")).toEqual(last.head);
    const ids = idsOf(await fresh.log.read("room/r1", { limit: 10_000 }));
    expect(ids).toEqual(range(1, last.head?.version ?? 0).map((version) => `a-${version}`));
    await fresh.close();
  });
});
