import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { drawFace, faceSize } from "../../src/core/face/draw.js";
import { createApi } from "./support/api.js";

/** Chunks of a PNG by type, in order, and whether each checks out. */
function chunksOf(png: Uint8Array): Map<string, Buffer> {
  const bytes = Buffer.from(png);
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    chunks.set(type, bytes.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return chunks;
}

describe("GET /faces/…", () => {
  test("serves a PNG of the face to anybody, to keep for good, and says nothing else", async () => {
    const { app } = await createApi();
    const response = await app.request("http://127.0.0.1:4400/faces/1-3-TE.png");
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "image/png",
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
    });
    expect(response.headers.get("set-cookie")).toBeNull();
    const png = new Uint8Array(await response.arrayBuffer());
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect(png.length).toBeLessThan(8_000);
    const chunks = chunksOf(png);
    expect([...chunks.keys()]).toEqual(["IHDR", "PLTE", "IDAT", "IEND"]);
    const rows = inflateSync(chunks.get("IDAT") ?? Buffer.alloc(0));
    const pixels = Array.from({ length: faceSize }, (_, y) => rows.subarray(y * 129 + 1, (y + 1) * 129));
    expect(Buffer.concat(pixels).equals(drawFace({ place: 3, initials: "TE" }).pixels)).toBe(true);
  });

  test.each(["1-3-te.png", "0-3-TE.png", "1-3-TE.svg", "1-500-TE.png", "..%2f..%2fetc%2fpasswd", "r1"])(
    "has nothing at %s",
    async (file) => {
      const { call } = await createApi();
      expect((await call("GET", `/faces/${file}`)).json).toMatchObject({ status: 404, code: "not_found" });
    },
  );

  test("takes no other method", async () => {
    const { call } = await createApi();
    expect((await call("POST", "/faces/1-3-TE.png", { body: {} })).status).toBe(404);
  });
});
