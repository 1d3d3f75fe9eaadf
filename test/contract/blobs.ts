import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Blobs } from "../../src/ports/blobs.js";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import { readBlob } from "../support/read-blob.js";

export interface BlobsUnderTest {
  /** Empty, and takes at most `maxBytes`. */
  open(options: { maxBytes: number; clock: Pick<Clock, "nowMs"> }): Promise<Blobs>;
  /** Reopens the same store as a new process; absent if the store is not durable. */
  reopen?(): Promise<Blobs>;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
/** Whole seconds: some file systems keep no finer times. */
const startMs = 1_800_000_000_000;
const noNames = ["0".repeat(64), "", "../../etc/passwd", "A".repeat(64), `${"0".repeat(63)}/`];

async function* stream(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield bytesOf(text);
}

export function testBlobsContract(name: string, subject: () => Promise<BlobsUnderTest>): void {
  const openNew = async ({ maxBytes = 1_000 } = {}) => {
    const time = { nowMs: startMs };
    const { open, reopen } = await subject();
    return { blobs: await open({ maxBytes, clock: { nowMs: () => time.nowMs } }), time, reopen };
  };

  describe(`${name} as Blobs`, () => {
    testPut(openNew);
    testOpen(openNew);
    testListAndRemove(openNew);
  });
}

type OpenNew = (options?: {
  maxBytes?: number;
}) => Promise<{ blobs: Blobs; time: { nowMs: number }; reopen: BlobsUnderTest["reopen"] }>;

function testPut(openNew: OpenNew): void {
  test("returns a stored file, under its SHA-256", async () => {
    const { blobs } = await openNew();
    const sha256 = await blobs.put(bytesOf("hello"));
    expect(sha256).toBe(hashOf("hello"));
    expect(String(await readBlob(blobs, sha256))).toBe("hello");
  });

  test("keeps a stored file when the caller changes its own bytes later", async () => {
    const { blobs } = await openNew();
    expect(await blobs.put(stream("hel", "", "lo"))).toBe(hashOf("hello"));
    expect(await blobs.put([bytesOf("hello"), bytesOf(" again")])).toBe(hashOf("hello again"));
    expect(String(await readBlob(blobs, hashOf("hello again")))).toBe("hello again");
  });

  test("stores a file that was being written while the wall clock jumped and the files were listed", async () => {
    const { blobs, time } = await openNew();
    const bytes = async function* (): AsyncIterable<Uint8Array> {
      yield bytesOf("first half, ");
      time.nowMs += 48 * 3_600_000;
      expect(await blobs.list()).toEqual([]);
      yield bytesOf("second half");
      time.nowMs += 48 * 3_600_000;
      expect(await blobs.list()).toEqual([]);
    };
    const sha256 = await blobs.put(bytes());
    expect(String(await readBlob(blobs, sha256))).toBe("first half, second half");
  });

  test("stores the same bytes once, also at the same moment", async () => {
    const { blobs } = await openNew();
    const ids = await Promise.all(Array.from({ length: 8 }, () => blobs.put(bytesOf("again"))));
    expect(new Set(ids).size).toBe(1);
    expect(await blobs.list()).toHaveLength(1);
  });

  test("stores an empty file", async () => {
    const { blobs } = await openNew();
    const sha256 = await blobs.put(stream());
    expect(sha256).toBe(hashOf(""));
    expect(await readBlob(blobs, sha256)).toHaveLength(0);
    expect(await blobs.stat(sha256)).toMatchObject({ bytes: 0 });
  });

  test("keeps what is stored when the caller changes its own bytes later", async () => {
    const { blobs } = await openNew();
    const bytes = bytesOf("first");
    const sha256 = await blobs.put(bytes);
    bytes.fill(0);
    (await readBlob(blobs, sha256))?.fill(0);
    for await (const piece of (await blobs.open(sha256)) ?? []) piece.fill(0);
    expect(String(await readBlob(blobs, sha256))).toBe("first");
  });

  test("refuses too much in words, keeps the other files, and stops reading the stream", async () => {
    const { blobs } = await openNew({ maxBytes: 10 });
    const sha256 = await blobs.put(bytesOf("small"));
    let pieces = 0;
    async function* endless() {
      for (; ; pieces += 1) yield bytesOf("xxxx");
    }
    for (const tooMuch of [bytesOf("x".repeat(11)), endless()]) {
      const refusal = await blobs.put(tooMuch).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(PortError);
      expect(refusal).toMatchObject({ code: "full", retryable: false, message: expect.stringContaining("10 bytes") });
    }
    expect(pieces).toBeLessThan(5);
    expect(String(await readBlob(blobs, sha256))).toBe("small");
    expect((await blobs.list()).map((listed) => listed.sha256)).toEqual([sha256]);
  });

  test("stores nothing of a stream that fails, and passes its error on", async () => {
    const { blobs } = await openNew();
    async function* broken() {
      yield bytesOf("half");
      throw new Error("the sender went away");
    }
    await expect(blobs.put(broken())).rejects.toThrow("the sender went away");
    expect(await blobs.list()).toEqual([]);
    expect(await blobs.open(hashOf("half"))).toBeUndefined();
  });

  test("lasts, where it is to last", async () => {
    const { blobs, reopen } = await openNew();
    const sha256 = await blobs.put(bytesOf("kept"));
    const later = reopen ? await reopen() : blobs;
    expect(String(await readBlob(later, sha256))).toBe("kept");
  });
}

function testOpen(openNew: OpenNew): void {
  test("has nothing under a name that was never stored, whatever it is", async () => {
    const { blobs } = await openNew();
    for (const sha256 of noNames) {
      expect(await blobs.open(sha256)).toBeUndefined();
      expect(await blobs.stat(sha256)).toBeUndefined();
      expect(await blobs.remove(sha256)).toBe(false);
    }
  });

  test.each([
    [{ start: 0 }, "0123456789"],
    [{ start: 3 }, "3456789"],
    [{ start: 3, end: 5 }, "34"],
    [{ start: 9, end: 10 }, "9"],
    [{ start: 4, end: 4 }, ""],
    [{ start: 0, end: 0 }, ""],
    [{ start: 8, end: 100 }, "89"],
    [{ start: 10 }, ""],
    [{ start: 100, end: 200 }, ""],
  ])("reads the range %j", async (range, expected) => {
    const { blobs } = await openNew();
    const sha256 = await blobs.put(bytesOf("0123456789"));
    expect(String(await readBlob(blobs, sha256, range))).toBe(expected);
  });

  test.each([{ start: -1 }, { start: 2, end: 1 }, { start: 0.5 }, { start: Number.NaN }])(
    "refuses the range %j",
    async (range) => {
      const { blobs } = await openNew();
      const sha256 = await blobs.put(bytesOf("0123456789"));
      await expect(blobs.open(sha256, range)).rejects.toThrow(RangeError);
    },
  );

  test("reads a file of many pieces, whole and in part", async () => {
    const { blobs } = await openNew({ maxBytes: 2_000_000 });
    const large = Buffer.from(Array.from({ length: 1_300_000 }, (_, at) => (at * 7) % 251));
    const sha256 = await blobs.put([large.subarray(0, 700_001), large.subarray(700_001)]);
    expect((await readBlob(blobs, sha256))?.equals(large)).toBe(true);
    const part = await readBlob(blobs, sha256, { start: 65_535, end: 1_200_003 });
    expect(part?.equals(large.subarray(65_535, 1_200_003))).toBe(true);
  });

  test("lets a reader stop early", async () => {
    const { blobs } = await openNew({ maxBytes: 2_000_000 });
    const sha256 = await blobs.put(Buffer.alloc(1_000_000, 1));
    for await (const piece of (await blobs.open(sha256)) ?? []) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect(await readBlob(blobs, sha256)).toHaveLength(1_000_000);
  });
}

function testListAndRemove(openNew: OpenNew): void {
  test("tells size and time, and renews the time when the bytes are stored again", async () => {
    const { blobs, time } = await openNew();
    const sha256 = await blobs.put(bytesOf("hello"));
    expect(await blobs.stat(sha256)).toEqual({ bytes: 5, atMs: startMs });
    time.nowMs += 60_000;
    expect(await blobs.stat(sha256)).toEqual({ bytes: 5, atMs: startMs });
    await blobs.put(bytesOf("hello"));
    expect(await blobs.stat(sha256)).toEqual({ bytes: 5, atMs: startMs + 60_000 });
  });

  test("lists everything once, in order, in pages", async () => {
    const { blobs } = await openNew();
    const stored = await Promise.all(Array.from({ length: 9 }, (_, at) => blobs.put(bytesOf(`file ${at}`))));
    const expected = stored.sort().map((sha256) => ({ sha256, bytes: 6, atMs: startMs }));
    expect(await blobs.list()).toEqual(expected);
    const seen = [];
    for (let page = await blobs.list({ limit: 4 }); page.length > 0; ) {
      expect(page.length).toBeLessThanOrEqual(4);
      seen.push(...page);
      page = await blobs.list({ limit: 4, after: page.at(-1)?.sha256 ?? "" });
    }
    expect(seen).toEqual(expected);
  });

  test("removes a file, frees its space, and accepts the file again", async () => {
    const { blobs } = await openNew({ maxBytes: 10 });
    const sha256 = await blobs.put(bytesOf("0123456789"));
    expect(await blobs.remove(sha256)).toBe(true);
    expect(await blobs.remove(sha256)).toBe(false);
    expect(await blobs.open(sha256)).toBeUndefined();
    expect(await blobs.stat(sha256)).toBeUndefined();
    expect(await blobs.list()).toEqual([]);
    expect(await blobs.put(bytesOf("0123456789"))).toBe(sha256);
    expect(String(await readBlob(blobs, sha256))).toBe("0123456789");
  });

  test("removes only files last stored before the given time", async () => {
    const { blobs, time } = await openNew();
    const sha256 = await blobs.put(bytesOf("hello"));
    expect(await blobs.remove(sha256, { putBeforeMs: startMs })).toBe(false);
    time.nowMs += 60_000;
    await blobs.put(bytesOf("hello"));
    expect(await blobs.remove(sha256, { putBeforeMs: startMs + 60_000 })).toBe(false);
    expect(await blobs.remove(sha256, { putBeforeMs: startMs + 60_001 })).toBe(true);
  });

  test("keeps a file that is stored again while it is removed for its age", async () => {
    const { blobs, time } = await openNew();
    const sha256 = await blobs.put(bytesOf("hello"));
    for (let round = 0; round < 10; round += 1) {
      time.nowMs += 60_000;
      const before = { putBeforeMs: time.nowMs };
      const removing = round % 2 === 0 ? blobs.remove(sha256, before) : undefined;
      const putting = blobs.put(bytesOf("hello"));
      await Promise.all([removing, putting, blobs.remove(sha256, before)]);
      expect(String(await readBlob(blobs, sha256))).toBe("hello");
    }
  });
}
