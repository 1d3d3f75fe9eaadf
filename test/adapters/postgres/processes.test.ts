import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createMemoryBroadcast } from "../../../adapters/memory/broadcast.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { openPostgres } from "../../../adapters/postgres/open-postgres.js";
import type { Commit } from "../../../src/core/room/commit.js";
import type { Entry, EventLog } from "../../../src/ports/event-log.js";
import { commitsOn, headOf, idsOf, range, versionsOf } from "../../support/commits.js";
import { newSchema, type PostgresServer, startPostgres } from "../../support/postgres.js";
import { openAt } from "../../support/postgres-log.js";
import { needsPostgres } from "../../support/require.js";
import { until } from "../../support/until.js";

/** A clock on which nothing is ever due but what is due at once. */
const stoppedClock = {
  nowMs: () => Date.now(),
  monotonicMs: () => 0,
  after: (delayMs: number, run: () => void) => {
    if (delayMs === 0) setImmediate(run);
    return () => undefined;
  },
};

needsPostgres()("processes that share a PostgreSQL", () => {
  let server: PostgresServer;
  let schema: string;
  beforeAll(async () => {
    server = await startPostgres();
  }, 120_000);
  afterAll(() => server?.stop());
  beforeEach(() => {
    schema = newSchema();
  });

  test("all get in when they race for one room, each commit once", async () => {
    const [one, other] = [await openAt(server.url, schema), await openAt(server.url, schema)];
    const writers = range(0, 7).map((writer) =>
      appendEach((writer % 2 === 0 ? one : other).eventLog, `w${writer}`, 20),
    );
    const ids = (await Promise.all(writers)).flat();
    const stored = await one.eventLog.read("room/r1");
    expect(idsOf(stored).sort()).toEqual(ids.sort());
    expect(versionsOf(stored)).toEqual(range(1, 160));
    for (const { close } of [one, other]) await close();
  });

  test("never wait for each other in a circle, in whatever order they write to the same rooms", async () => {
    const processes = [await openAt(server.url, schema), await openAt(server.url, schema)];
    const rooms = range(1, 30).map((room) => `room/${room}`);
    const heads = new Map(rooms.map((room) => [room, undefined as { version: number; id: string } | undefined]));
    for (const round of range(1, 20)) {
      const results = await Promise.all(
        processes.flatMap(({ eventLog }, index) =>
          (index === 0 ? rooms : [...rooms].reverse()).map(async (room) => {
            const [commit] = commitsOn(heads.get(room), `p${index}.${round}`) as [Commit];
            const { kind } = await eventLog.append(room, [commit]);
            return { room, kind, head: headOf(commit) };
          }),
        ),
      );
      const won = results.filter(({ kind }) => kind === "appended");
      expect(won.map(({ room }) => room).sort()).toEqual([...rooms].sort());
      for (const { room, head } of won) heads.set(room, head);
    }
    for (const { close } of processes) await close();
  });

  test.each([
    ["by looking", undefined],
    ["by word of each other, with no look", createMemoryBroadcast()],
  ])("follow what another one writes %s", async (_, broadcast) => {
    const writer = await openAt(server.url, schema);
    const place = { url: server.url, schema, logger: createMemoryLogger() };
    const reader = broadcast ? await openPostgres({ ...place, clock: stoppedClock }) : await openAt(server.url, schema);
    if (broadcast) for (const { hear } of [writer, reader]) hear(broadcast);
    const stop = new AbortController();
    const seen: Entry[] = [];
    const following = (async () => {
      for await (const entries of reader.eventLog.tail("room/r1", 0, stop.signal)) seen.push(...entries);
    })();
    for (const batch of [commitsOn(undefined, "a", 2), commitsOn({ version: 2, id: "a-2" }, "b", 3)]) {
      await writer.eventLog.append("room/r1", batch);
      await until("it was seen", () => seen.at(-1)?.version === batch.at(-1)?.version, 20_000);
    }
    stop.abort();
    await following;
    expect(idsOf(seen)).toEqual(["a-1", "a-2", "b-3", "b-4", "b-5"]);
    await writer.close();
    await reader.close();
  });

  test("make the tables once when they start at the same moment", async () => {
    const processes = await Promise.all(range(1, 5).map(() => openAt(server.url, schema)));
    expect(await server.query(`SELECT number FROM ${schema}.migrations`)).toEqual([{ number: 1 }]);
    for (const { close } of processes) await close();
  });

  test("refuse tables of a later version, in words, and change nothing", async () => {
    await (await openAt(server.url, schema)).close();
    await server.query(`INSERT INTO ${schema}.migrations (number) VALUES (99)`);
    await expect(openAt(server.url, schema)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringMatching(/format 99.*later version/s),
    });
  });

  test("need no more than a schema of their own, which an administrator may make", async () => {
    await server.query("CREATE ROLE narrow LOGIN PASSWORD 'for tests'");
    await server.query("REVOKE CREATE ON DATABASE parley FROM PUBLIC");
    const url = server.url.replace("//parley:", "//narrow:");
    await expect(openAt(url, schema)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringMatching(/may not do that.*AUTHORIZATION/s),
    });
    await server.query(`CREATE SCHEMA ${schema} AUTHORIZATION narrow`);
    const { eventLog, close } = await openAt(url, schema);
    expect(await eventLog.append("room/r1", commitsOn(undefined, "a"))).toEqual({ kind: "appended" });
    await close();
  });

  test("keep apart what is in another schema", async () => {
    const [one, other] = [await openAt(server.url, schema), await openAt(server.url, newSchema())];
    await one.eventLog.append("room/r1", commitsOn(undefined, "a"));
    expect(await other.eventLog.streams("")).toEqual([]);
    await one.close();
    await other.close();
  });
});

needsPostgres()("a database that was restored to yesterday", () => {
  describe("is named, and nothing is mixed", () => {
    let server: PostgresServer;
    const schema = "parley";
    beforeAll(async () => {
      server = await startPostgres();
    }, 120_000);
    afterAll(() => server?.stop());

    test("until the process starts again", { timeout: 120_000 }, async () => {
      const running = await openAt(server.url, schema);
      const { eventLog } = running;
      await eventLog.append("room/r1", commitsOn(undefined, "a", 3));
      await eventLog.append("room/r2", commitsOn(undefined, "a", 3));
      await server.signal("SIGKILL");
      const copy = `${server.dataDir}-yesterday`;
      execFileSync("cp", ["-a", server.dataDir, copy]);
      await server.start();
      await until("it answers", async () => (await eventLog.check()).ok, 30_000);
      const lastId = { version: 3, id: "a-3" };
      expect(await eventLog.append("room/r1", commitsOn(lastId, "today", 2))).toEqual({ kind: "appended" });
      await server.signal("SIGKILL");
      rmSync(server.dataDir, { recursive: true });
      execFileSync("mv", [copy, server.dataDir]);
      await server.start();
      await until("it answers", async () => (await eventLog.check()).ok, 30_000);
      const onToday = commitsOn({ version: 5, id: "today-5" }, "tomorrow");
      const setBack = {
        code: "corrupt",
        retryable: false,
        message: expect.stringMatching(/room\/r1 had 5 commits and has 3/),
      };
      await expect(eventLog.append("room/r1", onToday)).rejects.toMatchObject(setBack);
      await expect(eventLog.append("room/r2", commitsOn(lastId, "b"))).rejects.toMatchObject(setBack);
      await expect(eventLog.streams("room/")).rejects.toMatchObject(setBack);
      expect(await eventLog.check()).toMatchObject({ ok: false, detail: expect.stringContaining("restart every") });
      const started = await openAt(server.url, schema);
      expect(await started.eventLog.append("room/r1", commitsOn(lastId, "b"))).toEqual({ kind: "appended" });
      expect(idsOf(await started.eventLog.read("room/r1"))).toEqual(["a-1", "a-2", "a-3", "b-4"]);
      expect(idsOf(await started.eventLog.read("room/r2"))).toEqual(["a-1", "a-2", "a-3"]);
      await started.close();
      await running.close();
    });
  });
});

/** Appends `count` commits to a room one by one, deciding again after each conflict. Gives their ids. */
async function appendEach(log: EventLog, writer: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  let head = await log.head("room/r1");
  while (ids.length < count) {
    const [commit] = commitsOn(head, `${writer}.${ids.length}`) as [Commit];
    const result = await log.append("room/r1", [commit]);
    head = result.kind === "conflict" ? result.head : headOf(commit);
    if (result.kind === "appended") ids.push(commit.id);
  }
  return ids;
}
