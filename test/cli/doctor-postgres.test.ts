import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type PostgresServer, startPostgres } from "../support/postgres.js";
import { needsPostgres } from "../support/require.js";
import { type Home, makeHome } from "./support/cli.js";
import { runCliHere } from "./support/run-here.js";

interface Finding {
  about: string;
  level: string;
  seen: string;
  todo?: string;
}

const secrets = { PARLEY_SECRET: "a secret that all share", PARLEY_ADMIN_TOKEN: "letmein-please" };

needsPostgres()("doctor on PostgreSQL", () => {
  let server: PostgresServer;
  let home: Home;
  beforeAll(async () => {
    server = await startPostgres();
  }, 120_000);
  afterAll(() => server?.stop());
  beforeEach(async () => {
    home = await makeHome();
  });
  afterEach(() => home.remove());

  async function look(url: string): Promise<Finding[]> {
    const env = { PARLEY_PORT: "0", ...secrets, DATABASE_URL: url };
    const { out } = await runCliHere(home, ["doctor", "--json"], { env, parts: ["postgres"] });
    expect(out).not.toContain("for tests");
    const { findings } = JSON.parse(out) as { findings: Finding[] };
    return findings.filter(({ about }) => about === "PostgreSQL");
  }

  test("names a server that does not keep what it acknowledges, and one that does", async () => {
    expect(await look(server.url)).toMatchObject([{ level: "ok" }]);
    await server.query("ALTER SYSTEM SET full_page_writes = off");
    await server.query("SELECT pg_reload_conf()");
    const named = [{ level: "warn", todo: expect.stringContaining("set full_page_writes to on") }];
    await expect.poll(() => look(server.url), { timeout: 30_000, interval: 500 }).toMatchObject(named);
  });

  test("says why a database cannot be used", async () => {
    const refused = (words: string) => [{ level: "fail", seen: expect.stringContaining(words) }];
    expect(await look(server.url.replace(/parley$/, "nowhere"))).toMatchObject(refused("is not there"));
    expect(await look("postgres://parley:s3cret@127.0.0.1:9/parley")).toMatchObject(refused("does not answer"));
  });

  test("writes nothing there", async () => {
    await look(server.url);
    expect(await server.query("SELECT FROM pg_namespace WHERE nspname = 'parley'")).toEqual([]);
  });
});
