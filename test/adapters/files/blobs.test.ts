import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createFileBlobs } from "../../../adapters/files/blobs.js";
import { createMemoryBlobs } from "../../../adapters/memory/blobs.js";
import { testBlobsContract } from "../../contract/blobs.js";
import { readBlob } from "../../support/read-blob.js";

const folders: string[] = [];

async function newFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "parley-blobs-"));
  folders.push(dir);
  return dir;
}

afterEach(async () => {
  for (const dir of folders.splice(0)) await rm(dir, { recursive: true, force: true });
});

testBlobsContract("files in memory", async () => ({ open: async (options) => createMemoryBlobs(options) }));

testBlobsContract("files in a folder", async () => {
  const dir = await newFolder();
  return {
    open: async (options) => createFileBlobs({ dir, ...options }),
    reopen: async () => createFileBlobs({ dir }),
  };
});

test("nothing but whole files lies in the folder, and a folder that cannot be used is said", async () => {
  const dir = await newFolder();
  const sha256 = await createFileBlobs({ dir }).put(new TextEncoder().encode("whole"));
  expect(await readdir(join(dir, sha256.slice(0, 2)))).toEqual([sha256]);
  const refusal = await createFileBlobs({ dir: "/dev/null/blobs" })
    .put(new Uint8Array(3))
    .catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "unavailable", message: expect.stringContaining("/dev/null/blobs") });
});

test("a file that a crash left half-written is not listed, and is removed by a listing an hour later", async () => {
  const dir = await newFolder();
  const nowMs = Date.now();
  const sha256 = await createFileBlobs({ dir }).put(new TextEncoder().encode("whole"));
  const unfinished = join(dir, "unfinished");
  await writeFile(join(unfinished, "half"), "who");
  const listAt = async (atMs: number) =>
    (await createFileBlobs({ dir, clock: { nowMs: () => atMs } }).list()).map((listed) => listed.sha256);
  expect(await listAt(nowMs + 60_000)).toEqual([sha256]);
  expect(await readdir(unfinished)).toEqual(["half"]);
  expect(await listAt(nowMs + 2 * 3_600_000)).toEqual([sha256]);
  expect(await readdir(unfinished)).toEqual([]);
});

test("a damaged file is mended when it is put again", async () => {
  const dir = await newFolder();
  const blobs = createFileBlobs({ dir });
  const sha256 = await blobs.put(new TextEncoder().encode("whole"));
  await writeFile(join(dir, sha256.slice(0, 2), sha256), "who");
  await blobs.put(new TextEncoder().encode("whole"));
  expect(String(await readBlob(blobs, sha256))).toBe("whole");
});

test("a stream lies on the disk as far as it came, and is not gathered in memory", async () => {
  const dir = await newFolder();
  const unfinished = join(dir, "unfinished");
  const pieceBytes = 64 * 1024;
  async function* pieces() {
    for (let at = 0; at < 20; at += 1) {
      const [name] = await readdir(unfinished);
      const { size } = name === undefined ? { size: 0 } : await stat(join(unfinished, name));
      expect(size).toBe(at * pieceBytes);
      yield Buffer.alloc(pieceBytes, at);
    }
  }
  const sha256 = await createFileBlobs({ dir }).put(pieces());
  expect(await readdir(unfinished)).toEqual([]);
  expect(await readdir(join(dir, sha256.slice(0, 2)))).toEqual([sha256]);
});
