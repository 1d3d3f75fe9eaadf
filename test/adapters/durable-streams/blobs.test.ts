import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withLines } from "../../../adapters/durable-streams/blob-index.js";
import { createStreamBlobs } from "../../../adapters/durable-streams/blobs.js";
import { createFileBlobs } from "../../../adapters/files/blobs.js";
import { createMemoryBlobs } from "../../../adapters/memory/blobs.js";
import type { Clock } from "../../../src/ports/clock.js";
import { PortError } from "../../../src/ports/port-error.js";
import { testBlobsContract } from "../../contract/blobs.js";
import { readBlob } from "../../support/read-blob.js";
import { type StreamServerProcess, startStreamServer } from "../../support/stream-server.js";
import { realClock } from "../../support/stub-clock.js";

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
function openBlobs({
  prefix = `${randomUUID()}/`,
  maxBytes = 10 * 1024 * 1024,
  clock = realClock,
}: {
  prefix?: string;
  maxBytes?: number;
  clock?: Pick<Clock, "nowMs">;
} = {}) {
  const cache = createMemoryBlobs({ maxBytes, clock });
  const blobs = createStreamBlobs({ url: server.url, prefix, cache, clock });
  endings.push(blobs.close);
  return blobs;
}

testBlobsContract("files on the stream server", async () => {
  const prefix = `${randomUUID()}/`;
  return {
    open: async ({ maxBytes, clock }) => openBlobs({ prefix, maxBytes, clock }),
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
  expect((await readBlob(openBlobs({ prefix }), sha256))?.equals(large)).toBe(true);
});

test("a half-stored file does not exist, and is whole after it is stored again", async () => {
  const prefix = `${randomUUID()}/`;
  const sha256 = await openBlobs().put(large);
  const url = `${server.url}/${prefix}files/${sha256}`;
  const headers = { "content-type": "application/json" };
  await fetch(url, { method: "PUT", headers });
  const half = JSON.stringify([{ at: 0, data: large.subarray(0, 512 * 1024).toString("base64") }, { at: "x" }, null]);
  expect((await fetch(url, { method: "POST", headers, body: half })).status).toBe(204);
  expect(await openBlobs({ prefix }).open(sha256)).toBeUndefined();
  await openBlobs({ prefix }).put(large);
  expect((await readBlob(openBlobs({ prefix }), sha256))?.equals(large)).toBe(true);
});

test("without the server nothing counts as stored, and files on this machine can be read", async () => {
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
  expect(String(await readBlob(open(), sha256))).toBe("before");
  await server.start();
  const again = await open().put(Buffer.from("meanwhile"));
  expect(String(await readBlob(openBlobs({ prefix }), again))).toBe("meanwhile");
});

describe("two processes at one file", () => {
  const dayMs = 24 * 3_600_000;
  const bytes = Buffer.from("of both");

  test("see each other's files, and the later time of a file both have put", async () => {
    const prefix = `${randomUUID()}/`;
    const one = openBlobs({ prefix, clock: { nowMs: () => 1_000 } });
    const other = openBlobs({ prefix, clock: { nowMs: () => 2_000 } });
    const sha256 = await one.put(bytes);
    expect(await other.list()).toEqual([{ sha256, bytes: bytes.length, atMs: 1_000 }]);
    await other.put(bytes);
    expect(await one.list()).toEqual([{ sha256, bytes: bytes.length, atMs: 2_000 }]);
    expect(await one.remove(sha256, { putBeforeMs: 1_500 })).toBe(false);
    expect(await one.remove(sha256, { putBeforeMs: 2_500 })).toBe(true);
    expect(await openBlobs({ prefix }).list()).toEqual([]);
    expect(await openBlobs({ prefix }).open(sha256)).toBeUndefined();
  });

  test("keep a file whose remover was frozen after it had announced the removal", async () => {
    const prefix = `${randomUUID()}/`;
    const sha256 = await openBlobs({ prefix, clock: { nowMs: () => 1_000 } }).put(bytes);
    let nowMs = dayMs;
    const frozen = openBlobs({ prefix, clock: { nowMs: () => (nowMs += 6_000) } });
    expect(await frozen.remove(sha256)).toBe(false);
    expect(await readBlob(openBlobs({ prefix }), sha256)).toEqual(bytes);
    expect(await openBlobs({ prefix }).remove(sha256)).toBe(true);
  });

  test("keep a file that one puts while the other removes it", async () => {
    for (let round = 0; round < 8; round += 1) {
      const prefix = `${randomUUID()}/`;
      const one = openBlobs({ prefix, clock: { nowMs: () => 1_000 } });
      const other = openBlobs({ prefix, clock: { nowMs: () => 3 * dayMs } });
      const sha256 = await one.put(bytes);
      const [, put] = await Promise.all([one.remove(sha256, { putBeforeMs: dayMs }), other.put(bytes)]);
      expect(put).toBe(sha256);
      expect(await readBlob(openBlobs({ prefix }), sha256)).toEqual(bytes);
    }
  });
});

describe("the index of files", () => {
  const put = (atMs: number) => ({ type: "put", sha256: "a", bytes: 3, atMs });
  const removing = (id: string, atMs: number) => ({ type: "removing", sha256: "a", id, atMs });
  const end = (type: "removed" | "kept", id: string) => ({ type, sha256: "a", id });

  test.each<[string, unknown[], unknown]>([
    ["has what was put, with its last time", [put(1), put(5)], { bytes: 3, atMs: 5 }],
    [
      "has an announced removal and the time before it",
      [put(1), removing("x", 2)],
      { bytes: 3, atMs: 1, removal: { id: "x", atMs: 2, lastPutMs: 1, isPutSince: false } },
    ],
    ["loses what was removed", [put(1), removing("x", 2), end("removed", "x")], undefined],
    [
      "keeps what was put after the removal was announced",
      [put(1), removing("x", 2), put(3), end("removed", "x")],
      { bytes: 3, atMs: 3 },
    ],
    ["keeps what its remover left alone", [put(1), removing("x", 2), end("kept", "x")], { bytes: 3, atMs: 1 }],
    [
      "heeds the first of two removals",
      [put(1), removing("x", 2), removing("y", 3), end("removed", "y")],
      { bytes: 3, atMs: 1, removal: { id: "x", atMs: 2, lastPutMs: 1, isPutSince: false } },
    ],
    [
      "gives a removal up whose process is silent for a minute",
      [put(1), removing("x", 2), removing("y", 60_002), end("removed", "y")],
      undefined,
    ],
    ["knows no removal of what is not there", [removing("x", 2)], undefined],
    [
      "ignores what is not a line",
      [put(1), null, "x", { type: "put", sha256: "a" }, { type: "later", sha256: "a" }],
      { bytes: 3, atMs: 1 },
    ],
  ])("%s", (_, lines, expected) => {
    expect(withLines(new Map(), lines).get("a")).toEqual(expected);
  });
});
