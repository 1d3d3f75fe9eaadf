import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "./free-port.js";
import { findPostgres } from "./programs.js";
import { until } from "./until.js";

/** A real PostgreSQL of a test's own: a loopback port, a temporary folder, killed, frozen and started again as the test likes. */
export interface PostgresServer {
  /** Of the database `parley`, which the user `parley` owns, who is not a superuser. */
  readonly url: string;
  /** Of the same database, as superuser. */
  readonly adminUrl: string;
  readonly port: number;
  readonly dataDir: string;
  /** To the server and all its processes. SIGKILL resolves when they are gone. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): Promise<void>;
  /** After a kill: on the same data and port. Further settings as `name=value`. */
  start(settings?: readonly string[]): Promise<void>;
  /** One statement as superuser. */
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

const password = "for tests";
const small = ["shared_buffers=16MB", "max_connections=60", "max_wal_size=64MB", "unix_socket_directories="];

/** Starts one. `dataDir`: an empty folder to use; default a new temporary one, removed by `stop`. */
export async function startPostgres(
  options: { dataDir?: string; settings?: readonly string[] } = {},
): Promise<PostgresServer> {
  const bin = findPostgres();
  if (bin === undefined) throw new Error("there is no PostgreSQL on this machine");
  const home = options.dataDir ?? mkdtempSync(join(tmpdir(), "parley-postgres-"));
  const user = serverUser();
  const dataDir = join(home, "data");
  prepareFolder(home, { bin, dataDir, user });
  const port = await freePort();
  const urlOf = (name: string, database: string) =>
    `postgres://${name}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  let child: ChildProcess | undefined;

  async function start(settings: readonly string[] = []): Promise<void> {
    const all = [...small, ...(options.settings ?? []), ...settings].flatMap((setting) => ["-c", setting]);
    const args = ["-D", dataDir, "-p", String(port), "-h", "127.0.0.1", ...all];
    const started = spawn(join(bin ?? "", "postgres"), args, { stdio: "ignore", ...user });
    child = started;
    await until("PostgreSQL answers", () => answers(urlOf("admin", "postgres"), started), 60_000);
  }

  async function query(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    return queryOnce(urlOf("admin", "parley"), text, values);
  }

  async function signal(name: "SIGSTOP" | "SIGCONT" | "SIGKILL"): Promise<void> {
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const ended = name === "SIGKILL" ? once(child, "exit") : undefined;
    const children = childrenOf(child.pid);
    for (const pid of [child.pid, ...children]) tryKill(pid, name);
    await ended;
    if (ended) await until("the processes of the server are gone", () => !children.some(isThere), 20_000);
  }

  await start();
  await queryOnce(urlOf("admin", "postgres"), `CREATE ROLE parley LOGIN PASSWORD '${password}'`);
  await queryOnce(urlOf("admin", "postgres"), "CREATE DATABASE parley OWNER parley");
  return {
    url: urlOf("parley", "parley"),
    adminUrl: urlOf("admin", "parley"),
    port,
    dataDir,
    signal,
    start,
    query,
    async stop() {
      await signal("SIGCONT");
      await signal("SIGKILL");
      if (options.dataDir === undefined) rmSync(home, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. */
export function serverUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const lines = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const found = ["postgres", "nobody"].flatMap((name) => lines.filter(([user]) => user === name))[0];
  return { uid: Number(found?.[2] ?? 65_534), gid: Number(found?.[3] ?? 65_534) };
}

function prepareFolder(
  home: string,
  { bin, dataDir, user }: { bin: string; dataDir: string; user: { uid?: number; gid?: number } },
): void {
  mkdirSync(home, { recursive: true });
  chmodSync(home, 0o700);
  const passwords = join(home, "password");
  writeFileSync(passwords, `${password}\n`);
  if (user.uid !== undefined) for (const path of [home, passwords]) chownSync(path, user.uid, user.gid ?? user.uid);
  const auth = ["--auth=scram-sha-256", `--pwfile=${passwords}`, "--username=admin"];
  execFileSync(join(bin, "initdb"), ["-D", dataDir, ...auth, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"], {
    stdio: "ignore",
    ...user,
  });
}

async function answers(url: string, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error("PostgreSQL ended before it was ready");
  return queryOnce(url, "SELECT 1").then(
    () => true,
    () => false,
  );
}

async function queryOnce(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(text, [...values])).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

const isThere = (pid: number): boolean => existsSync(`/proc/${pid}/stat`);

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile.
  }
}

/** Name of a schema that no other test uses. */
export const newSchema = (): string => `t_${randomUUID().replaceAll("-", "").slice(0, 12)}`;
