import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { createDatabase } from "../../../adapters/postgres/database.js";
import { lookAtPostgres } from "../../../adapters/postgres/look.js";
import { openPostgres, type Postgres } from "../../../adapters/postgres/open-postgres.js";
import { commitsOn, idsOf } from "../../support/commits.js";
import { newSchema, type PostgresServer, startPostgres } from "../../support/postgres.js";
import { openAt } from "../../support/postgres-log.js";
import { needsPostgres } from "../../support/require.js";
import { until } from "../../support/until.js";

const head = { version: 1, id: "a-1" };
const timeouts = { connectMs: 1_000, lockMs: 300, appendMs: 600, workMs: 2_000 };

needsPostgres()("a PostgreSQL in trouble", () => {
  let server: PostgresServer;
  let schema: string;
  beforeAll(async () => {
    server = await startPostgres();
  }, 120_000);
  afterAll(() => server?.stop());
  beforeEach(() => {
    schema = newSchema();
  });

  const openImpatient = () =>
    openPostgres({ url: server.url, schema, timeouts, clock: createSystemClock(), logger: createMemoryLogger() });

  /** Refused with these words while it lasts, and stored once afterwards. */
  async function refusedWhile(
    { eventLog }: Postgres,
    { code, words, end }: { code: string; words: string | RegExp; end: () => Promise<unknown> },
  ): Promise<void> {
    const commits = commitsOn(head, "b", 2);
    const message = expect.stringMatching(words);
    await expect(eventLog.append("room/r1", commits)).rejects.toMatchObject({ code, retryable: true, message });
    await end();
    await until("it works again", async () => (await eventLog.check()).ok, 30_000);
    expect(await eventLog.append("room/r1", commits)).toEqual({ kind: "appended" });
    expect(idsOf(await eventLog.read("room/r1"))).toEqual(["a-1", "b-2", "b-3"]);
  }

  async function withFirstCommit(open = openImpatient): Promise<Postgres> {
    const postgres = await open();
    await postgres.eventLog.append("room/r1", commitsOn(undefined, "a"));
    return postgres;
  }

  test("that is read-only says so, and writes again once it no longer is", async () => {
    const postgres = await withFirstCommit();
    const set = (value: string) => setForAll(server, `default_transaction_read_only = ${value}`);
    await set("on");
    await until("it is read-only", async () => !(await postgres.eventLog.check()).ok);
    expect(await postgres.eventLog.check()).toMatchObject({ ok: false, detail: expect.stringContaining("read-only") });
    await refusedWhile(postgres, { code: "unavailable", words: /read-only/, end: () => set("off") });
    await postgres.close();
  });

  test("that takes no more connections says so", async () => {
    const postgres = await withFirstCommit();
    await server.query("ALTER ROLE parley CONNECTION LIMIT 0");
    await server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'parley'");
    await until("its connections are gone", async () => !(await postgres.eventLog.check()).ok);
    const end = () => server.query("ALTER ROLE parley CONNECTION LIMIT -1");
    await refusedWhile(postgres, { code: "unavailable", words: /no more connections/, end });
    await postgres.close();
  });

  test("that is frozen keeps nobody waiting for long, and has every append once when it goes on", async () => {
    const postgres = await withFirstCommit();
    await server.signal("SIGSTOP");
    const end = () => server.signal("SIGCONT");
    await refusedWhile(postgres, { code: "timeout", words: /did not answer in time/, end }).finally(end);
    await postgres.close();
  });

  test("of which somebody holds a lock says so", async () => {
    const postgres = await withFirstCommit();
    const holder = createDatabase({ url: server.adminUrl, schema, logger: createMemoryLogger() });
    let release = () => {};
    const held = holder.transaction(async (run) => {
      await run({ text: `LOCK TABLE ${schema}.heads IN ACCESS EXCLUSIVE MODE` });
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    await until("the lock is held", async () => {
      const locks = await server.query(
        "SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = to_regclass($1)",
        [`${schema}.heads`],
      );
      return locks.length > 0;
    });
    const end = async () => {
      release();
      await held;
    };
    await refusedWhile(postgres, { code: "timeout", words: /did not answer in time/, end });
    await holder.close();
    await postgres.close();
  });

  test("that does not keep what it acknowledges is named", async () => {
    const place = { url: server.url, schema };
    expect(await lookAtPostgres(place)).toEqual({ ok: true });
    await setForAll(server, "fsync = off");
    await server.query("ALTER ROLE parley SET synchronous_commit = off");
    const postgres = await openAt(server.url, schema);
    const named = { ok: true, detail: expect.stringMatching(/set fsync to on.*set synchronous_commit to on/) };
    await expect.poll(() => lookAtPostgres(place)).toMatchObject(named);
    expect(await postgres.eventLog.check()).toMatchObject(named);
    const database = createDatabase({ ...place, logger: createMemoryLogger() });
    expect(await database.append({ text: "SHOW synchronous_commit" })).toEqual([["on"]]);
    await database.close();
    await postgres.close();
    await setForAll(server, "fsync = on");
    await server.query("ALTER ROLE parley RESET synchronous_commit");
  });

  test.each([
    ["a wrong password", () => server.url.replace("for%20tests", "wrong"), /does not let this user in/],
    ["a database that is not there", () => server.url.replace(/parley$/, "nowhere"), /is not there/],
    ["TLS that the server has not", () => `${server.url}?sslmode=require`, /offers no TLS/],
  ])("is refused in words without the password: %s", async (_, url, words) => {
    const found = await lookAtPostgres({ url: url(), schema });
    expect(found).toMatchObject({ ok: false, detail: expect.stringMatching(words) });
    expect(found.detail).not.toContain("for tests");
    expect(found.detail).not.toContain("wrong");
    await expect(openAt(url(), schema)).rejects.toMatchObject({ code: "refused", retryable: false });
  });

  test("that is not there is said, and can be tried again", async () => {
    await expect(openAt("postgres://parley@127.0.0.1:9/parley", schema)).rejects.toMatchObject({
      code: "unavailable",
      retryable: true,
      message: expect.stringContaining("does not answer"),
    });
  });
});

async function setForAll(server: PostgresServer, setting: string): Promise<void> {
  await server.query(`ALTER SYSTEM SET ${setting}`);
  await server.query("SELECT pg_reload_conf()");
}
