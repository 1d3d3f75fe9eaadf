import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventLog } from "../../../src/ports/event-log.js";
import { PortError } from "../../../src/ports/port-error.js";
import { commitsOn, headOf, idsOf } from "../../support/commits.js";
import { newSchema, type PostgresServer, startPostgres } from "../../support/postgres.js";
import { openAt } from "../../support/postgres-log.js";
import { needsPostgres } from "../../support/require.js";
import { seededRandom } from "../../support/seeded-random.js";
import { openTearingProxy, type TearingProxy } from "../../support/tearing-proxy.js";

/** Bytes that an append of 4 KiB sends, with what stands around it, and those of its answer. */
const sizes = { "to the server": 5_200, "from the server": 140 } as const;
const tears = 60;

needsPostgres()("a connection to PostgreSQL that is cut", () => {
  let server: PostgresServer;
  let proxy: TearingProxy;
  beforeAll(async () => {
    server = await startPostgres();
    proxy = await openTearingProxy(server.port);
  }, 120_000);
  afterAll(async () => {
    await proxy?.close();
    await server?.stop();
  });

  async function appendUntilStored(log: EventLog, commits: Parameters<EventLog["append"]>[1]): Promise<number> {
    for (let failures = 0; ; failures += 1) {
      try {
        expect(await log.append("room/r1", commits)).toEqual({ kind: "appended" });
        return failures;
      } catch (error) {
        if (!(error instanceof PortError) || failures > 20) throw error;
        expect(error).toMatchObject({ retryable: true });
      }
    }
  }

  test.each(["to the server", "from the server"] as const)(
    "at any byte of an append %s stores it once, whenever the caller tries again",
    { timeout: 180_000 },
    async (direction) => {
      const random = seededRandom(direction.length);
      const schema = newSchema();
      const { eventLog, close } = await openAt(server.url.replace(`:${server.port}`, `:${proxy.port}`), schema);
      const [first] = commitsOn(undefined, "a");
      if (!first) throw new Error("there is a first commit");
      await eventLog.append("room/r1", [first]);
      const ids = [first.id];
      let head = headOf(first);
      let failures = 0;
      for (let tear = 0; tear < tears; tear += 1) {
        const [commit] = commitsOn(head, `t${tear}`).map((made) => ({ ...made, cause: "c".repeat(4_096) }));
        if (!commit) throw new Error("there is a commit");
        proxy.tearAfter(1 + Math.floor(random() * sizes[direction]), direction);
        failures += await appendUntilStored(eventLog, [commit]);
        ids.push(commit.id);
        head = headOf(commit);
      }
      expect(failures).toBeGreaterThan(tears / 3);
      expect(idsOf(await eventLog.read("room/r1"))).toEqual(ids);
      await close();
    },
  );
});
