import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Blobs } from "../../src/ports/blobs.js";
import { PortError } from "../../src/ports/port-error.js";

export interface BlobsUnderTest {
  /** Empty, and takes at most `maxBytes`. */
  open(options: { maxBytes: number }): Promise<Blobs>;
  /** The same store again after this process lost it; absent where nothing lasts. */
  reopen?(): Promise<Blobs>;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

export function testBlobsContract(name: string, subject: () => Promise<BlobsUnderTest>): void {
  describe(`${name} as Blobs`, () => {
    test("gives back what was stored, under the SHA-256 of it", async () => {
      const blobs = await (await subject()).open({ maxBytes: 1_000 });
      const sha256 = await blobs.put(bytesOf("hello"));
      expect(sha256).toBe(createHash("sha256").update("hello").digest("hex"));
      expect(Buffer.from((await blobs.get(sha256)) ?? []).toString()).toBe("hello");
    });

    test("the same bytes are the same file, also at the same moment", async () => {
      const blobs = await (await subject()).open({ maxBytes: 1_000 });
      const ids = await Promise.all(Array.from({ length: 8 }, () => blobs.put(bytesOf("again"))));
      expect(new Set(ids).size).toBe(1);
      expect(await blobs.put(new Uint8Array())).toHaveLength(64);
    });

    test("what was never stored is not there, whatever it is called", async () => {
      const blobs = await (await subject()).open({ maxBytes: 1_000 });
      for (const id of ["0".repeat(64), "", "../../etc/passwd", "A".repeat(64)])
        expect(await blobs.get(id)).toBeUndefined();
    });

    test("what changes later in the caller's hands does not change what is stored", async () => {
      const blobs = await (await subject()).open({ maxBytes: 1_000 });
      const bytes = bytesOf("first");
      const sha256 = await blobs.put(bytes);
      bytes.fill(0);
      expect(Buffer.from((await blobs.get(sha256)) ?? []).toString()).toBe("first");
    });

    test("too much is refused in words, and what was there stays", async () => {
      const blobs = await (await subject()).open({ maxBytes: 10 });
      const sha256 = await blobs.put(bytesOf("small"));
      const refusal = await blobs.put(bytesOf("x".repeat(11))).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(PortError);
      expect(refusal).toMatchObject({ code: "full", message: expect.stringContaining("11 bytes") });
      expect(Buffer.from((await blobs.get(sha256)) ?? [])).toEqual(Buffer.from("small"));
    });

    test("lasts, where it is to last", async () => {
      const { open, reopen } = await subject();
      const blobs = await open({ maxBytes: 1_000 });
      const sha256 = await blobs.put(bytesOf("kept"));
      const later = reopen ? await reopen() : blobs;
      expect(Buffer.from((await later.get(sha256)) ?? []).toString()).toBe("kept");
    });
  });
}
