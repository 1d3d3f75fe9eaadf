import { existsSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { backUp } from "../../src/main/backup.js";
import { type BackupManifest, manifestName } from "../../src/main/backup-manifest.js";
import { restore } from "../../src/main/restore.js";
import { commitsOf } from "../support/backup-log.js";
import { openFixture } from "../support/data-folder.js";

let folder: string;
let dataDir: string;
let removeFixture: () => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "backup-"));
  ({ dir: dataDir, remove: removeFixture } = openFixture(2));
  await writeFile(join(dataDir, "secret"), "of-this-installation\n", { mode: 0o600 });
  await writeFile(join(dataDir, "run.json"), "{}");
});
afterEach(async () => {
  removeFixture();
  await rm(folder, { recursive: true, force: true });
});

const quiet = { signal: new AbortController().signal, onProgress: () => {}, onWarning: () => {} };
const back = (to = join(folder, "backup"), env: Record<string, string> = {}) =>
  backUp({ dataDir, to, env, nowMs: 1_000, ...quiet });
const restoreTo = (name: string, from = join(folder, "backup")) =>
  restore({ from, dataDir: join(folder, name), ...quiet });
const manifest = async (): Promise<BackupManifest> =>
  JSON.parse(await readFile(join(folder, "backup", manifestName), "utf8")) as BackupManifest;
const attached = async (): Promise<string> => {
  const [path = ""] = Object.keys((await manifest()).contents).filter((one) => one.startsWith("files/"));
  return join(folder, "backup", path);
};

describe("a backup", () => {
  test("has the log, attached files and the key, and nothing that belongs to a running process", async () => {
    const result = await back();
    expect(result).toMatchObject({ format: 2, files: 1, unreadable: 0, damagedFiles: [] });
    expect((await readdir(join(folder, "backup"))).sort()).toEqual(
      [manifestName, "data.mdb", "files", "secret"].sort(),
    );
    expect((await stat(join(folder, "backup"))).mode & 0o077).toBe(0);
    expect((await stat(join(folder, "backup", "secret"))).mode & 0o077).toBe(0);
  });

  test("becomes a data folder with the same streams", async () => {
    const made = await back();
    const restored = await restoreTo("restored");
    expect(restored).toMatchObject({
      sha256: made.sha256,
      commits: made.commits,
      streams: made.streams,
      madeAtMs: 1_000,
    });
    expect(await commitsOf(join(folder, "restored"))).toEqual(await commitsOf(dataDir));
    expect(await readFile(join(folder, "restored", "secret"), "utf8")).toBe("of-this-installation\n");
  });

  test("is one moment of a log that is written to meanwhile, and opens though the writer lives", async () => {
    const lmdb = await openLmdb({ dir: dataDir, log: createMemoryLogger(), journals: {} });
    try {
      // This process has the folder, as a server would.
      const commit = (version: number, parent: string) => {
        const event = { type: "note", text: "x".repeat(2_000) };
        return { id: `c${version}`, version, parent, at: 1, by: "test", events: [event] };
      };
      let version = 0;
      let isCopied = false;
      const writing = (async () => {
        while (!isCopied) {
          await lmdb.eventLog.append("test/busy", [commit(version + 1, version === 0 ? "" : `c${version}`)]);
          version += 1;
        }
      })();
      await back().finally(() => {
        isCopied = true;
      });
      await writing;
      const restored = await restoreTo("restored");
      const copied = (await commitsOf(join(folder, "restored"))).filter(({ stream }) => stream === "test/busy");
      expect(copied.map(({ commit: one }) => one.version)).toEqual(copied.map((_, at) => at + 1));
      expect(copied.length).toBeLessThanOrEqual(version);
      expect(restored.unreadable).toBe(0);
    } finally {
      await lmdb.close();
    }
  });

  test("is refused where something is in its place, and where the folder holds no data", async () => {
    await mkdir(join(folder, "backup"));
    await expect(back()).rejects.toThrow(/is there already.*Nothing was changed/);
    const empty = backUp({ dataDir: folder, to: join(folder, "b"), env: {}, nowMs: 0, ...quiet });
    await expect(empty).rejects.toThrow(/holds no data/);
  });

  test("of rooms that are elsewhere is refused with what to do", async () => {
    await expect(back(undefined, { DATABASE_URL: "postgres://x" })).rejects.toThrow(/pg_dump --schema=parley/);
    await expect(back(undefined, { DURABLE_STREAMS_URL: "http://x" })).rejects.toThrow(/parley move-log/);
    expect(existsSync(join(folder, "backup"))).toBe(false);
  });

  test("that is interrupted leaves nothing", async () => {
    const stopped = AbortSignal.abort(new Error("stopped"));
    const to = join(folder, "backup");
    await expect(backUp({ dataDir, to, env: {}, nowMs: 0, ...quiet, signal: stopped })).rejects.toThrow("stopped");
    expect(await readdir(folder)).toEqual([]);
  });

  test("names an attached file that was damaged before", async () => {
    await back();
    const name = (await attached()).slice(-64);
    await rm(join(folder, "backup"), { recursive: true });
    await writeFile(join(dataDir, "files", name.slice(0, 2), name), "other bytes");
    expect((await back()).damagedFiles).toEqual([name]);
  });
});

describe("restoring", () => {
  test("refuses a folder that holds anything, and leaves it as it is", async () => {
    await back();
    await mkdir(join(folder, "used"));
    await writeFile(join(folder, "used", "note"), "mine");
    await expect(restoreTo("used")).rejects.toThrow(/is not empty.*--data-dir/);
    expect(await readdir(join(folder, "used"))).toEqual(["note"]);
  });

  test.each([
    [
      "a byte more in the log",
      () => appendFile(join(folder, "backup", "data.mdb"), "x"),
      /data\.mdb .* is not as it was/,
    ],
    ["another key", () => writeFile(join(folder, "backup", "secret"), "other"), /secret .* is not as it was/],
    ["a changed attached file", async () => writeFile(await attached(), "other"), /files\/.* is not as it was/],
    ["no attached file", async () => rm(await attached()), /files\/.* is missing/],
    ["no list", () => rm(join(folder, "backup", manifestName)), /is not a backup/],
  ])("refuses a backup with %s, and leaves nothing", async (_, damage, why) => {
    await back();
    await damage();
    await expect(restoreTo("restored")).rejects.toThrow(why);
    expect(await readdir(folder)).toEqual(["backup"]);
  });

  test("refuses a backup of a later format and says what to do", async () => {
    await back();
    const path = join(folder, "backup", manifestName);
    await writeFile(path, JSON.stringify({ ...(await manifest()), format: 99, parley: "9.0.0" }));
    await expect(restoreTo("restored")).rejects.toThrow(
      /made by Parley 9\.0\.0 and has format 99.*Install that version/,
    );
  });

  test("refuses a list that leads out of the folder", async () => {
    await back();
    const path = join(folder, "backup", manifestName);
    const { contents } = await manifest();
    for (const evil of ["../secret", "/etc/passwd", "files/../../x", "journals/../secret"]) {
      await writeFile(
        path,
        JSON.stringify({ ...(await manifest()), contents: { ...contents, [evil]: "0".repeat(64) } }),
      );
      await expect(restoreTo("restored"), evil).rejects.toThrow(/cannot be read by this version/);
    }
  });
});
