import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLmdb } from "../../../adapters/lmdb/open-lmdb.js";
import { createMemoryBlobs } from "../../../adapters/memory/blobs.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { openDataDir } from "../../../src/runtime/node/data-dir.js";
import { createAgentFiles } from "../../../src/runtime/sandbox/files.js";
import { sha256 } from "../../support/sha256.js";

let base: string;
let umask: number;
beforeEach(async () => {
  umask = process.umask(0o022);
  base = await mkdtemp(join(tmpdir(), "parley-data-"));
});
afterEach(async () => {
  process.umask(umask);
  await rm(base, { recursive: true, force: true });
});

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

async function modesIn(dir: string): Promise<string[]> {
  return Promise.all((await readdir(dir)).sort().map(async (name) => `${name} ${await modeOf(join(dir, name))}`));
}

test("a folder that others could read becomes this user's alone, with everything that lies in it", async () => {
  const dir = join(base, "data");
  await mkdir(join(dir, "files"), { recursive: true, mode: 0o755 });
  for (const name of ["data.mdb", "lock.mdb", "secret"]) await writeFile(join(dir, name), "x", { mode: 0o644 });
  expect(await modeOf(dir)).toBe("755");
  await openDataDir(dir);
  expect(await modeOf(dir)).toBe("700");
  expect(await modesIn(dir)).toEqual(["data.mdb 600", "files 700", "lock.mdb 600", "secret 600"]);
});

test("the log that is made in a folder of others' rights is for this user alone", async () => {
  const dir = join(base, "data");
  await mkdir(dir, { mode: 0o755 });
  const lmdb = await openLmdb({ dir: await openDataDir(dir), log: createMemoryLogger() });
  await lmdb.close();
  expect(await modesIn(dir)).toEqual(["data.mdb 600", "lock.mdb 600"]);
});

test("a link in the folder leads to a file that keeps its rights", async () => {
  const dir = join(base, "data");
  await mkdir(dir);
  await writeFile(join(base, "elsewhere"), "x", { mode: 0o644 });
  await symlink(join(base, "elsewhere"), join(dir, "link"));
  await openDataDir(dir);
  expect(await modeOf(join(base, "elsewhere"))).toBe("644");
});

test("a folder whose rights cannot be changed is refused in words", async () => {
  // Belongs to another user, or is protected by the kernel: its permissions cannot be changed.
  await expect(openDataDir("/proc/self/fdinfo")).rejects.toMatchObject({
    code: "refused",
    message: expect.stringContaining("other users of this machine can read /proc/self/fdinfo"),
  });
});

test("files for an agent, which runs as another user, stay readable for it", async () => {
  const dir = join(await openDataDir(join(base, "data")), "agent-files");
  const blobs = createMemoryBlobs();
  await blobs.put(Buffer.from("hello"));
  const files = createAgentFiles({ blobs, dir, sha256 });
  const agent = { roomId: "r1", name: "coder" };
  const [path] = await files.place(agent, [
    { name: "a.txt", sha256: sha256("hello"), bytes: 5, type: "text/plain" },
  ] as never);
  expect(await modeOf(path ?? "")).toBe("644");
  expect(await modeOf(await files.dirOf(agent))).toBe("755");
  await chmod(path ?? "", 0o600);
});
