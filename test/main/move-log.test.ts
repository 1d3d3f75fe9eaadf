import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFileBlobs } from "../../adapters/files/blobs.js";
import { openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createMemorySnapshots } from "../../adapters/memory/snapshots.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import { openPostgres } from "../../adapters/postgres/open-postgres.js";
import { toSnapshot } from "../../src/core/room/snapshot.js";
import { moveBetween } from "../../src/main/move-log.js";
import type { EventLog } from "../../src/ports/event-log.js";
import { loadRoom } from "../../src/runtime/rooms/load.js";
import { refuseHalfMoved } from "../../src/runtime/rooms/move-marker.js";
import { runCliHere } from "../cli/support/run-here.js";
import { commitsOn } from "../support/commits.js";
import { openFixture } from "../support/data-folder.js";
import { call } from "../support/parley-client.js";
import { startParley } from "../support/parley-process.js";
import { newSchema, type PostgresServer, startPostgres } from "../support/postgres.js";
import { openAt } from "../support/postgres-log.js";
import { needsPostgres } from "../support/require.js";
import { startStreamServer } from "../support/stream-server.js";
import { until } from "../support/until.js";

const logger = createMemoryLogger();
const folders: string[] = [];

function newFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "parley-move-"));
  folders.push(dir);
  return dir;
}

afterAll(() => {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const move = (from: string, to: string, env: Record<string, string> = {}) =>
  moveBetween({
    from,
    to,
    env,
    cwd: newFolder(),
    signal: new AbortController().signal,
    onProgress: () => {},
    onWarning: () => {},
  });

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

/** The rooms of a log, folded without snapshots. */
async function foldAll(eventLog: EventLog) {
  const rooms = await eventLog.streams("room/");
  const folded = rooms.map(async ({ stream }) => {
    const roomId = stream.slice("room/".length);
    return toSnapshot((await loadRoom(roomId, { eventLog, snapshots: createMemorySnapshots(), logger })).room);
  });
  return Promise.all(folded);
}

async function foldFolder(dir: string) {
  const { eventLog, close } = await openLmdb({ dir, log: logger });
  const rooms = await foldAll(eventLog);
  await close();
  return rooms;
}

/** A data folder with 40 streams of 400 commits. */
async function bigFolder(): Promise<{ dir: string; commits: number }> {
  const dir = newFolder();
  const { eventLog, close } = await openLmdb({ dir, log: logger });
  for (let at = 0; at < 40; at += 1) {
    const commits = commitsOn(undefined, `big-${at}`, 400).map((one) => ({ ...one, cause: "c".repeat(1_500) }));
    await eventLog.append(`room/big-${String(at).padStart(2, "0")}`, commits);
  }
  await close();
  await createFileBlobs({ dir: join(dir, "files") }).put(Buffer.alloc(700_000, 1));
  return { dir, commits: 16_000 };
}

needsPostgres()("moving a log between a data folder and PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  const database = () => ({ DATABASE_URL: server.url, DATABASE_SCHEMA: newSchema() });

  test.each([1, 2])("a stored folder of format %i folds the same there and back, with its files", async (format) => {
    const { dir, expected, remove } = openFixture(format);
    const rooms = await foldFolder(dir);
    const env = database();
    const there = await move(dir, "DATABASE_URL", env);
    expect(there).toMatchObject({ format, files: expect.any(Number) });
    expect(there.files).toBeGreaterThan(0);
    expect(there.streams).toBeGreaterThanOrEqual(6);
    const postgres = await openAt(server.url, env.DATABASE_SCHEMA);
    expect(await foldAll(postgres.eventLog)).toEqual(rooms);
    await postgres.close();

    const back = newFolder();
    const again = await move("DATABASE_URL", back, env);
    expect(again).toMatchObject({ sha256: there.sha256, streams: there.streams, commits: there.commits, format });
    expect(again.files).toBe(there.files);
    expect(await foldFolder(back)).toEqual(rooms);
    expect(await foldFolder(dir)).toEqual(rooms);
    expect(rooms).toHaveLength(expected.rooms.length);
    remove();
  });

  test("rooms go on in PostgreSQL, and back in the folder they came from", async () => {
    const { dir, expected, remove } = openFixture(2);
    const env = database();
    await move(dir, "DATABASE_URL", env);
    const settings = { PARLEY_SANDBOX: "none", PARLEY_SECRET: expected.secret, PARLEY_DEMO: "off" };
    const room = `/api/rooms/${expected.roomId}`;
    const source = await openLmdb({ dir, log: logger });
    const before = (await source.eventLog.head(`room/${expected.roomId}`))?.version ?? 0;
    await source.close();

    const say = async (body: string, where: { dataDir: string; env: Record<string, string> }) => {
      const parley = await startParley({ deadlineMs: 120_000, ...where });
      const answer = await call(`${parley.url}${room}/messages`, { token: expected.token, body: { body } });
      const shown = await call<{ version: number }>(`${parley.url}${room}`, { token: expected.token });
      await parley.kill("SIGTERM");
      return { status: answer.status, version: shown.body.version };
    };
    const inDatabase = await say("@room on PostgreSQL", { dataDir: newFolder(), env: { ...settings, ...env } });
    expect(inDatabase.status).toBe(201);
    expect(inDatabase.version).toBeGreaterThan(before);

    await move("DATABASE_URL", dir, env);
    const inFolder = await say("@room in the folder again", { dataDir: dir, env: settings });
    expect(inFolder.status).toBe(201);
    expect(inFolder.version).toBeGreaterThan(inDatabase.version);
    expect(await failureOf(move("DATABASE_URL", dir, env))).toMatchObject({ code: "refused" });
    remove();
  });

  test("killed in the middle, it goes on where it was, and nothing starts on the half copy", async () => {
    const { dir, commits } = await bigFolder();
    const env = database();
    const stored = async () => {
      const [row] = await server
        .query(`SELECT count(*)::int AS count FROM ${env.DATABASE_SCHEMA}.commits WHERE stream <> 'move'`)
        .catch(() => []);
      return Number(row?.count ?? 0);
    };
    let copied = 0;
    for (const share of [0.1, 0.4]) {
      const args = ["--import", "tsx", "src/main.ts", "move-log", "--from", dir, "--to", "DATABASE_URL"];
      const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: "ignore" });
      const exited = once(child, "exit");
      await until(
        "a share is copied",
        async () => (await stored()) > commits * share || child.exitCode !== null,
        120_000,
      );
      child.kill("SIGKILL");
      expect((await exited)[1]).toBe("SIGKILL");
      copied = await stored();
      const half = await openAt(server.url, env.DATABASE_SCHEMA);
      expect(await failureOf(refuseHalfMoved(half.eventLog))).toMatchObject({ code: "refused" });
      await half.close();
    }
    expect(copied).toBeGreaterThan(commits * 0.4);
    expect(copied).toBeLessThan(commits);
    const ended = await move(dir, "DATABASE_URL", env);
    expect(ended).toMatchObject({ streams: 40, commits, copiedCommits: commits - copied, files: 1, bytes: 700_000 });
    expect((await move(dir, newFolder(), env)).sha256).toBe(ended.sha256);
  });

  test("a process that uses either place is in the way, and none starts while a log is moved", async () => {
    const { dir, remove } = openFixture(2);
    const env = database();
    const held = await openLmdb({ dir, log: logger });
    expect(await failureOf(move(dir, "DATABASE_URL", env))).toMatchObject({ code: "in-use" });
    await held.close();

    const serving = await openAt(server.url, env.DATABASE_SCHEMA);
    expect(await failureOf(move(dir, "DATABASE_URL", env))).toMatchObject({
      code: "in-use",
      message: expect.stringContaining("in use by a Parley process"),
    });
    expect(await failureOf(move("DATABASE_URL", newFolder(), env))).toMatchObject({ code: "in-use" });
    await serving.close();

    const place = { url: server.url, schema: env.DATABASE_SCHEMA, clock: createSystemClock(), logger };
    const alone = await openPostgres({ ...place, use: "fill" });
    expect(await failureOf(openPostgres(place))).toMatchObject({
      code: "in-use",
      message: expect.stringContaining("is being moved"),
    });
    expect(await failureOf(openPostgres({ ...place, use: "read" }))).toMatchObject({ code: "in-use" });
    await alone.close();
    await move(dir, "DATABASE_URL", env);
    remove();
  });

  test("a move whose hold is lost reads and writes nothing more", async () => {
    const env = database();
    const place = { url: server.url, schema: env.DATABASE_SCHEMA, clock: createSystemClock(), logger };
    const alone = await openPostgres({ ...place, use: "fill" });
    await server.query(
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1",
      [0x7061726d],
    );
    await expect.poll(() => failureOf(alone.eventLog.streams(""))).toMatchObject({ code: "closed" });
    await alone.close();
  });

  test("a database without Parley's tables is refused as a source and left as it is", async () => {
    const env = database();
    expect(await failureOf(move("DATABASE_URL", newFolder(), env))).toMatchObject({
      code: "refused",
      message: expect.stringContaining("There is nothing of Parley's"),
    });
    expect(await server.query("SELECT FROM pg_namespace WHERE nspname = $1", [env.DATABASE_SCHEMA])).toEqual([]);
  });
});

test("a stream server's log is moved to a data folder together with its files", async () => {
  const streams = await startStreamServer();
  const { createDurableStreamsEventLog } = await import("../../adapters/durable-streams/event-log.js");
  const { createStreamBlobs } = await import("../../adapters/durable-streams/blobs.js");
  const copy = newFolder();
  const server = { url: streams.url, prefix: "parley/" };
  const clock = createSystemClock();
  const log = await createDurableStreamsEventLog({ ...server, dir: join(copy, "streams"), clock, logger });
  const blobs = createStreamBlobs({ ...server, cache: createFileBlobs({ dir: join(copy, "files") }) });
  for (const [stream, count] of [
    ["rooms", 2],
    ["room/r1", 300],
    ["agent/r1/mia", 4],
  ] as const)
    await log.append(stream, commitsOn(undefined, stream, count));
  const sha256 = await blobs.put(Buffer.alloc(600_000, 5));
  await expect.poll(async () => (await log.streams("")).length).toBe(3);
  await blobs.close();
  await log.close();

  const target = newFolder();
  const env = { DURABLE_STREAMS_URL: streams.url };
  expect(await move("DURABLE_STREAMS_URL", target, env)).toMatchObject({ streams: 3, commits: 306, files: 1 });
  const lmdb = await openLmdb({ dir: target, log: logger });
  expect((await lmdb.eventLog.head("room/r1"))?.version).toBe(300);
  expect(await createFileBlobs({ dir: join(target, "files") }).stat(sha256)).toMatchObject({ bytes: 600_000 });
  await lmdb.close();
  await streams.stop();
});

test("a folder with journals of their own is moved whole, and its copy has them apart too", async () => {
  const [dir, target] = [newFolder(), newFolder()];
  const before = await openLmdb({ dir, log: logger });
  await before.eventLog.append("room/r1", commitsOn(undefined, "room", 30));
  await before.eventLog.append("agent/r1/mia", commitsOn(undefined, "old", 3));
  await before.close();
  const source = await openLmdb({ dir, log: logger, journals: {} });
  const { id = "" } = (await source.eventLog.head("agent/r1/mia")) ?? {};
  await source.eventLog.append("agent/r1/mia", commitsOn({ version: 3, id }, "new", 2));
  await source.eventLog.append("agent/r1/ada", commitsOn(undefined, "ada", 4));
  await source.close();

  expect(await move(dir, target)).toMatchObject({ streams: 3, commits: 39 });
  const copy = await openLmdb({ dir: target, log: logger, journals: {} });
  expect((await copy.eventLog.read("agent/r1/mia")).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
  expect(await copy.eventLog.head("agent/r1/ada")).toMatchObject({ version: 4 });
  await copy.close();
  const rooms = await openLmdb({ dir: target, log: logger });
  expect((await rooms.eventLog.streams("agent/")).length).toBe(0);
  await rooms.close();
});

test("the command prints what is the same in both, and changes no stream and no file of the source", async () => {
  const { dir, remove } = openFixture(2);
  const target = join(newFolder(), "target");
  const holdings = async () => {
    const { eventLog, close } = await openLmdb({ dir, log: logger });
    const heads = await eventLog.streams("");
    await close();
    return { heads, files: readdirSync(dir, { recursive: true }).sort() };
  };
  const before = await holdings();
  const home = { folder: newFolder(), dataDir: dir, env: {}, remove: async () => {} };
  const ended = await runCliHere(home, ["move-log", "--from", dir, "--to", target]);
  expect(ended).toMatchObject({ code: 0, err: "" });
  expect(ended.out).toMatch(/^The same in both: \d+ streams with \d+ commits, \d+ files? with \d+ bytes, format 2\.\n/);
  expect(ended.out).toMatch(
    /Next: .*set PARLEY_DATA_DIR .*PARLEY_SECRET and PARLEY_ADMIN_TOKEN to what .* files secret and admin-token/,
  );
  const json = await runCliHere(home, ["move-log", "--from", dir, "--to", target, "--json"]);
  expect(JSON.parse(json.out)).toMatchObject({ copiedCommits: 0, copiedFiles: 0 });
  expect(await holdings()).toEqual(before);
  remove();
});

test.each([
  [["move-log"], 2, "needs --from"],
  [["move-log", "--from", "a"], 2, "needs --to"],
  [["move-log", "--from", "nowhere", "--to", "b"], 1, "holds no data of Parley's"],
  [["move-log", "--from", "DATABASE_URL", "--to", "b"], 1, "DATABASE_URL needs that setting"],
  [["move-log", "--from", "postgres://me:hunter2@host/db", "--to", "b"], 1, "Put that address in DATABASE_URL"],
  [["move-log", "--from", "a", "--to", "http://host"], 1, "Put that address in DURABLE_STREAMS_URL"],
  [["move-log", "--from", "a", "--to", "DURABLE_STREAMS_URL"], 1, "not to one"],
  [["move-log", "--from", "./a", "--to", "a"], 1, "the same place"],
])("%j is refused in words, without a secret", async (argv, code, words) => {
  const home = { folder: newFolder(), dataDir: "", env: {}, remove: async () => {} };
  const ended = await runCliHere(home, argv);
  expect(ended).toMatchObject({ code, out: "", err: expect.stringContaining(words) });
  expect(ended.err).not.toContain("hunter2");
});
