import { chmodSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PortError } from "../../../src/ports/port-error.js";
import { commitsOn, headOf, versionsOf } from "../../support/commits.js";
import { newSchema, startPostgres } from "../../support/postgres.js";
import { openAt } from "../../support/postgres-log.js";
import { needsPostgres } from "../../support/require.js";
import { seededRandom } from "../../support/seeded-random.js";
import { mountSmallDisk, needsSmallDisk } from "../../support/small-disk.js";
import { until } from "../../support/until.js";

const diskBytes = 220 * 1_024 * 1_024;

needsPostgres()("a PostgreSQL whose disk is full", () => {
  needsSmallDisk()("refuses", () => {
    test("every append that it cannot keep, has those before, and goes on when there is room", {
      timeout: 240_000,
    }, async () => {
      const disk = mountSmallDisk(diskBytes);
      if (!disk) throw new Error("the disk could not be mounted");
      chmodSync(disk.dir, 0o755);
      const server = await startPostgres({ dataDir: join(disk.dir, "postgres"), settings: ["max_wal_size=32MB"] });
      const { eventLog, close } = await openAt(server.url, newSchema());
      const filler = join(disk.dir, "filler");
      const { bavail, bsize } = statfsSync(disk.dir);
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - 4 * 1_024 * 1_024)));
      const random = seededRandom(1);
      let head = { version: 0, id: "" };
      let refused: { error: unknown; commits: ReturnType<typeof commitsOn> } | undefined;
      while (!refused) {
        // Text that does not compress, so that the disk fills up.
        const noise = Array.from({ length: 4_000 }, () => random().toString(36)).join("");
        const commits = commitsOn(head, "a").map((commit) => ({ ...commit, cause: noise }));
        const error = await eventLog.append("room/r1", commits).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error) refused = { error, commits };
        else head = headOf(commits[0] ?? { ...head, parent: "", at: 0, by: "", events: [] });
      }
      expect(refused.error).toBeInstanceOf(PortError);
      expect(refused.error).toMatchObject({
        retryable: true,
        message: expect.stringMatching(/disk .* is full|PostgreSQL/),
      });
      expect(head.version).toBeGreaterThan(0);
      rmSync(filler);
      await until("it works again", async () => (await eventLog.check()).ok, 90_000);
      const { commits } = refused;
      await until(
        "what was refused is stored",
        () =>
          eventLog.append("room/r1", commits).then(
            () => true,
            () => false,
          ),
        30_000,
      );
      const stored = [];
      for (let after = 0; ; after = stored.length) {
        const page = await eventLog.read("room/r1", { after, maxChars: 1_000_000 });
        if (page.length === 0) break;
        stored.push(...page);
      }
      expect(versionsOf(stored)).toEqual(Array.from({ length: head.version + 1 }, (_, index) => index + 1));
      await close();
      await server.stop();
      disk.remove();
    });
  });
});
