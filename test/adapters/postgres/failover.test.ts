import { afterAll, beforeAll, expect, test } from "vitest";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { openPostgres } from "../../../adapters/postgres/open-postgres.js";
import { newSchema, type PostgresServer, startPostgres } from "../../support/postgres.js";
import { type PostgresStandby, startStandby } from "../../support/postgres-standby.js";
import { needsPostgres } from "../../support/require.js";
import { until } from "../../support/until.js";

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Commits of one stream, each on top of the one before. */
function chainOf(stream: string) {
  let [version, parent] = [0, ""];
  return () => {
    version += 1;
    const commit = {
      id: `${stream}-${version}`,
      version,
      parent,
      at: version,
      by: "test",
      events: [{ type: "test.event" }],
    };
    parent = commit.id;
    return commit;
  };
}

needsPostgres()("a primary that is killed while a standby follows it", () => {
  let primary: PostgresServer;
  let standby: PostgresStandby | undefined;
  beforeAll(async () => {
    primary = await startPostgres({ settings: ["wal_level=replica", "max_wal_senders=4", "wal_keep_size=64MB"] });
    standby = await startStandby(primary);
  }, 240_000);
  afterAll(async () => {
    await standby?.stop();
    await primary.stop();
  }, 60_000);

  test("with synchronous replication the promoted standby has all that was acknowledged, in order, and takes more", async () => {
    const follower = standby as PostgresStandby;
    await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '${follower.name}'`);
    await primary.query("SELECT pg_reload_conf()");
    const isSynchronous = async () => {
      const [row] = await primary.query("SELECT sync_state FROM pg_stat_replication");
      return row?.sync_state === "sync";
    };
    await until("the standby is waited for", isSynchronous, 60_000);
    const schema = newSchema();
    const before = await openPostgres({ url: primary.url, schema, clock: createSystemClock(), logger: quiet });
    const acknowledged = new Map<string, number>();
    const streams = ["room/a", "room/b", "room/c"];
    let isKilled = false;
    const write = async (stream: string) => {
      const next = chainOf(stream);
      while (!isKilled) {
        const commit = next();
        const appended = await before.eventLog.append(stream, [commit]).catch(() => undefined);
        if (appended?.kind !== "appended") return;
        acknowledged.set(stream, commit.version);
      }
    };
    const writing = streams.map(write);
    await until("much is written", () => streams.every((stream) => (acknowledged.get(stream) ?? 0) >= 20), 120_000);
    await primary.signal("SIGKILL");
    isKilled = true;
    await Promise.all(writing);
    await before.close();

    // A standby is no place to write to until it is promoted.
    await expect(
      openPostgres({ url: follower.url, schema, clock: createSystemClock(), logger: quiet }),
    ).rejects.toMatchObject({ name: "PortError" });
    await follower.promote();
    const after = await openPostgres({ url: follower.url, schema, clock: createSystemClock(), logger: quiet });
    try {
      for (const stream of streams) {
        const kept = await after.eventLog.read(stream, { limit: 500 });
        const ids = kept.map((entry) => (entry.kind === "commit" ? entry.commit.id : "unreadable"));
        const wanted = Array.from(
          { length: Math.min(500, acknowledged.get(stream) ?? 0) },
          (_, at) => `${stream}-${at + 1}`,
        );
        // The one on its way may have been stored and not acknowledged.
        expect(ids.slice(0, wanted.length)).toEqual(wanted);
        expect((await after.eventLog.head(stream))?.version).toBeLessThanOrEqual((acknowledged.get(stream) ?? 0) + 1);
      }
      const head = await after.eventLog.head("room/a");
      const more = {
        id: "more",
        version: (head?.version ?? 0) + 1,
        parent: head?.id ?? "",
        at: 1,
        by: "test",
        events: [],
      };
      expect(await after.eventLog.append("room/a", [more])).toEqual({ kind: "appended" });
    } finally {
      await after.close();
    }
  }, 240_000);
});
