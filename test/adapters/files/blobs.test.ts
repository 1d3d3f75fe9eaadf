import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createFileBlobs } from "../../../adapters/files/blobs.js";
import { createMemoryBlobs } from "../../../adapters/memory/blobs.js";
import { testBlobsContract } from "../../contract/blobs.js";

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
