import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { freePort } from "./free-port.js";
import { type PostgresServer, serverUser } from "./postgres.js";
import { findPostgres } from "./programs.js";
import { until } from "./until.js";

const run = promisify(execFile);

/** A second server that follows a primary by streaming replication. */
export interface PostgresStandby {
  /** Its `application_name`, for `synchronous_standby_names`. */
  readonly name: string;
  /** Of the database `parley`. Takes no writes until it is promoted. */
  readonly url: string;
  /** It becomes a primary. Resolves when it takes writes. */
  promote(): Promise<void>;
  stop(): Promise<void>;
}

/** Copies the primary with `pg_basebackup` into a temporary folder, and follows it. */
export async function startStandby(primary: PostgresServer): Promise<PostgresStandby> {
  const found = findPostgres();
  if (found === undefined) throw new Error("there is no PostgreSQL on this machine");
  // The other programs stand beside the server itself, not beside links to it.
  const bin = dirname(realpathSync(join(found, "postgres")));
  const name = "standby";
  const home = mkdtempSync(join(tmpdir(), "parley-standby-"));
  const dataDir = join(home, "data");
  const user = serverUser();
  chmodSync(home, 0o700);
  if (user.uid !== undefined) chownSync(home, user.uid, user.gid ?? user.uid);
  const from = new URL(primary.adminUrl);
  from.pathname = "";
  from.searchParams.set("application_name", name);
  await run(
    join(bin, "pg_basebackup"),
    ["-d", from.href, "-D", dataDir, "-R", "-X", "stream", "-c", "fast", "--no-sync"],
    user,
  );
  const port = await freePort();
  const args = [
    "-D",
    dataDir,
    "-p",
    String(port),
    "-h",
    "127.0.0.1",
    "-c",
    "unix_socket_directories=",
    "-c",
    "shared_buffers=16MB",
    "-c",
    "max_connections=60",
  ];
  const server: ChildProcess = spawn(join(bin, "postgres"), args, { stdio: "ignore", ...user });
  const placed = (url: string) => Object.assign(new URL(url), { port: String(port) }).href;
  const isInRecovery = async () => {
    const client = new pg.Client({ connectionString: placed(primary.adminUrl), connectionTimeoutMillis: 5_000 });
    client.on("error", () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ standby: boolean }>("SELECT pg_is_in_recovery() AS standby");
      return rows[0]?.standby;
    } catch {
      return undefined;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  await until("the standby answers", async () => (await isInRecovery()) === true, 120_000);
  return {
    name,
    url: placed(primary.url),
    async promote() {
      await run(join(bin, "pg_ctl"), ["promote", "-D", dataDir], user);
      await until("the standby takes writes", async () => (await isInRecovery()) === false, 120_000);
    },
    async stop() {
      const ended = once(server, "exit");
      // SIGQUIT: the postmaster ends its children at once.
      if (server.exitCode === null && server.signalCode === null && server.kill("SIGQUIT")) await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}
