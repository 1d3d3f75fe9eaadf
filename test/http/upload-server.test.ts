import { mkdtemp, readdir, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createFileBlobs } from "../../adapters/files/blobs.js";
import { createApi, makeRoom } from "./support/api.js";
import { useServer } from "./support/use-server.js";

const megabyte = 1_024 * 1_024;
const server = useServer();
const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function listening() {
  const dir = await mkdtemp(join(tmpdir(), "parley-uploads-"));
  folders.push(dir);
  const api = await createApi({ blobs: createFileBlobs({ dir }) });
  const room = await makeRoom(api);
  const url = `${await server.listen(api)}${room.path}/files?name=a.bin`;
  const headers = { Authorization: `Bearer ${room.member}`, "Content-Type": "application/octet-stream" };
  return { dir, url, headers };
}

/** Pieces of 1 MiB, made as they are asked for. */
async function* pieces(count: number): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < count; n++) yield Buffer.alloc(megabyte, n);
}

async function filesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe("an upload to a server", () => {
  test("of 50 MB is streamed to the disk, with or without a length", async () => {
    const { url, headers, dir } = await listening();
    for (const length of [{}, { "Content-Length": String(50 * megabyte) }]) {
      const body = ReadableStream.from(pieces(50));
      const init = { method: "POST", headers: { ...headers, ...length }, body, duplex: "half" } as RequestInit;
      const response = await fetch(url, init);
      expect([response.status, await response.json()]).toEqual([
        201,
        expect.objectContaining({ bytes: 50 * megabyte }),
      ]);
    }
    expect(await filesIn(dir)).toHaveLength(1);
  });

  test("of a byte more is refused with 413, and leaves nothing", async () => {
    const { url, headers, dir } = await listening();
    const body = ReadableStream.from(pieces(51));
    const response = await fetch(url, { method: "POST", headers, body, duplex: "half" } as RequestInit);
    expect([response.status, await response.json()]).toEqual([
      413,
      expect.objectContaining({ code: "file_too_large" }),
    ]);
    expect(await filesIn(dir)).toEqual([]);
  });

  test("that is cut off leaves nothing", async () => {
    const { url, headers, dir } = await listening();
    const sending = request(url, { method: "POST", headers: { ...headers, "Content-Length": String(8 * megabyte) } });
    sending.on("error", () => {});
    sending.write(Buffer.alloc(2 * megabyte, 7));
    await expect.poll(async () => (await filesIn(dir)).length, { timeout: 20_000 }).toBe(1);
    sending.destroy();
    await expect.poll(() => filesIn(dir), { timeout: 20_000 }).toEqual([]);
  });
});
