import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createStreamBlobs } from "../../../adapters/durable-streams/blobs.js";
import { createFileBlobs } from "../../../adapters/files/blobs.js";
import { createMemoryBlobs } from "../../../adapters/memory/blobs.js";
import { PortError } from "../../../src/ports/port-error.js";
import { testBlobsContract } from "../../contract/blobs.js";
import { type StreamServerProcess, startStreamServer } from "../../support/stream-server.js";

let server: StreamServerProcess;
const endings: (() => unknown)[] = [];

beforeAll(async () => {
  server = await startStreamServer();
});
afterAll(async () => {
  for (const end of endings.splice(0)) await end();
  await server.stop();
});

/** A process with an empty cache. */
function openBlobs({ prefix = `${randomUUID()}/`, maxBytes = 10 * 1024 * 1024 } = {}) {
  const blobs = createStreamBlobs({ url: server.url, prefix, cache: createMemoryBlobs({ maxBytes }) });
  endings.push(blobs.close);
  return blobs;
}

testBlobsContract("files on the stream server", async () => {
  const prefix = `${randomUUID()}/`;
  return {
    open: async ({ maxBytes }) => openBlobs({ prefix, maxBytes }),
    reopen: async () => openBlobs({ prefix }),
  };
});

const large = Buffer.from(Array.from({ length: 1_700_000 }, (_, index) => (index * 7) % 251));

test("a file of several pieces is given back whole by another process, also when the server was killed in between", async () => {
  const prefix = `${randomUUID()}/`;
  const sha256 = await openBlobs({ prefix }).put(large);
  server.signal("SIGKILL");
  await server.ended();
  await server.start();
  expect(Buffer.from((await openBlobs({ prefix }).get(sha256)) ?? []).equals(large)).toBe(true);
});

test("a file that was half stored is none, and is whole when it is stored again", async () => {
  const prefix = `${randomUUID()}/`;
  const sha256 = await openBlobs().put(large);
  const url = `${server.url}/${prefix}files/${sha256}`;
  const headers = { "content-type": "application/json" };
  await fetch(url, { method: "PUT", headers });
  const half = JSON.stringify([{ at: 0, data: large.subarray(0, 512 * 1024).toString("base64") }, { at: "x" }, null]);
  expect((await fetch(url, { method: "POST", headers, body: half })).status).toBe(204);
  expect(await openBlobs({ prefix }).get(sha256)).toBeUndefined();
  await openBlobs({ prefix }).put(large);
  expect(Buffer.from((await openBlobs({ prefix }).get(sha256)) ?? []).equals(large)).toBe(true);
});

test("without the server nothing counts as stored, and what is on this machine can be read", async () => {
  const dir = mkdtempSync(join(tmpdir(), "parley-blobs-"));
  endings.push(() => rmSync(dir, { recursive: true, force: true }));
  const prefix = `${randomUUID()}/`;
  const open = () => {
    const blobs = createStreamBlobs({ url: server.url, prefix, cache: createFileBlobs({ dir }) });
    endings.push(blobs.close);
    return blobs;
  };
  const sha256 = await open().put(Buffer.from("before"));
  server.signal("SIGKILL");
  await server.ended();
  const refusal = await open()
    .put(Buffer.from("meanwhile"))
    .catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(PortError);
  expect(refusal).toMatchObject({ retryable: true });
  expect(Buffer.from((await open().get(sha256)) ?? []).toString()).toBe("before");
  await server.start();
  const again = await open().put(Buffer.from("meanwhile"));
  expect(Buffer.from((await openBlobs({ prefix }).get(again)) ?? []).toString()).toBe("meanwhile");
});
