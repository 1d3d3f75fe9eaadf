import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createMemoryBlobs } from "../../../adapters/memory/blobs.js";
import { takeFiles } from "../../../src/runtime/chat/inbound/files.js";
import { readImageSize } from "../../../src/runtime/rooms/image-size.js";
import { maxImageBytes, whyRefusedByModel } from "../../../src/runtime/rooms/model-limits.js";
import { countPdfPages } from "../../../src/runtime/rooms/pdf-pages.js";

/** The head of an image of each kind, with nothing behind it. */
const heads: Record<string, (width: number, height: number) => Buffer> = {
  png(width, height) {
    const head = Buffer.alloc(33);
    head.write("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1");
    head.writeUInt32BE(width, 16);
    head.writeUInt32BE(height, 20);
    return head;
  },
  gif(width, height) {
    const head = Buffer.alloc(13);
    head.write("GIF89a", "latin1");
    head.writeUInt16LE(width, 6);
    head.writeUInt16LE(height, 8);
    return head;
  },
  jpeg(width, height) {
    // A comment that holds what looks like a frame header, a table, a byte of fill, and the frame header.
    const comment = Buffer.from([0xff, 0xfe, 0, 9, 0xff, 0xc0, 0, 0, 0, 1, 0]);
    const table = Buffer.from([0xff, 0xc4, 0, 4, 1, 2]);
    const frame = Buffer.from([0xff, 0xff, 0xc2, 0, 17, 8, 0, 0, 0, 0, 3]);
    frame.writeUInt16BE(height, 6);
    frame.writeUInt16BE(width, 8);
    return Buffer.concat([Buffer.from([0xff, 0xd8]), comment, table, frame]);
  },
  webp(width, height) {
    const head = Buffer.alloc(30);
    head.write("RIFF\0\0\0\0WEBPVP8X", "latin1");
    head.writeUIntLE(width - 1, 24, 3);
    head.writeUIntLE(height - 1, 27, 3);
    return head;
  },
  "lossless webp"(width, height) {
    const head = Buffer.alloc(25);
    head.write("RIFF\0\0\0\0WEBPVP8L", "latin1");
    head.writeUInt32LE((((height - 1) << 14) | (width - 1)) >>> 0, 21);
    return head;
  },
  "lossy webp"(width, height) {
    const head = Buffer.alloc(30);
    head.write("RIFF\0\0\0\0WEBPVP8 ", "latin1");
    head.writeUInt16LE(width, 26);
    head.writeUInt16LE(height, 28);
    return head;
  },
};

const pages = (count: number) => `<< /Type /Pages /Kids [${"9 0 R ".repeat(count)}] /Count ${count} >>`;
/** The count of an outline has nothing to do with pages. */
const outline = "<< /Type /Outlines /Count 4000 >>";
const plainPdf = (count: number) =>
  Buffer.from(`%PDF-1.4\n1 0 obj\n${outline}\nendobj\n2 0 obj\n${pages(count)}\nendobj\n%%EOF`, "latin1");
function packedPdf(count: number): Buffer {
  const packed = deflateSync(Buffer.from(`1 0 2 40 ${outline} ${pages(count)} << /A << /B 1 >> >>`, "latin1"));
  return Buffer.concat([
    Buffer.from(`%PDF-1.7\n5 0 obj\n<< /Type /ObjStm /N 2 /First 9 /Filter /FlateDecode >>\nstream\n`, "latin1"),
    packed,
    Buffer.from("\nendstream\nendobj\n%%EOF", "latin1"),
  ]);
}

describe("what a model's provider would refuse", () => {
  test.each(Object.keys(heads))("a %s of more than 8,000 pixels a side", (kind) => {
    const head = heads[kind] ?? expect.fail("no such kind");
    expect(readImageSize(head(8_000, 321))).toEqual({ width: 8_000, height: 321 });
    expect(whyRefusedByModel(head(8_000, 8_000))).toBeUndefined();
    expect(whyRefusedByModel(head(8_001, 10))).toContain("8001 x 10 pixels");
    expect(whyRefusedByModel(head(10, 9_000))).toContain("10 x 9000 pixels");
  });

  test("an image of more than 5 MB in base64", () => {
    const image = (length: number) => Buffer.concat([heads.png?.(10, 10) ?? Buffer.alloc(0)], length);
    expect(Buffer.from(image(maxImageBytes)).toString("base64")).toHaveLength(5_242_880);
    expect(whyRefusedByModel(image(maxImageBytes))).toBeUndefined();
    expect(whyRefusedByModel(image(maxImageBytes + 1))).toContain(`${maxImageBytes + 1} bytes`);
  });

  test.each([
    ["plain", plainPdf],
    ["packed", packedPdf],
  ])("a %s PDF of more than 100 pages", (_kind, make) => {
    expect(countPdfPages(make(100))).toBe(100);
    expect(whyRefusedByModel(make(100))).toBeUndefined();
    expect(whyRefusedByModel(make(101))).toContain("101 pages");
  });

  test("a PDF of more than 32 MB", () => {
    const pdf = Buffer.concat([plainPdf(1)], 32 * 1_024 * 1_024 + 1);
    expect(whyRefusedByModel(pdf)).toContain("33554433 bytes");
  });

  test("does not include other files, cut heads and PDFs that cannot be read", () => {
    const text = Buffer.from("x".repeat(maxImageBytes + 10));
    const encrypted = Buffer.from("%PDF-1.7\n5 0 obj\n<< /Type /ObjStm >>\nstream\nnoise\nendstream\nendobj");
    for (const bytes of [text, encrypted, new Uint8Array(0), Buffer.from([0xff, 0xd8, 0xff])])
      expect(whyRefusedByModel(bytes)).toBeUndefined();
    for (const make of Object.values(heads))
      for (let length = 0; length < 10; length++)
        expect(whyRefusedByModel(make(9_000, 9_000).subarray(0, length))).toBeUndefined();
  });
});

test("a file the provider would refuse is not stored, and its sender is told why; the others come in", async () => {
  const contents: Record<string, Buffer> = {
    "wide.png": heads.png?.(9_000, 10) ?? Buffer.alloc(0),
    "small.png": heads.png?.(10, 10) ?? Buffer.alloc(0),
    "book.pdf": packedPdf(300),
  };
  const chat = { download: async ({ name }: { name: string }) => contents[name] ?? Buffer.alloc(0) };
  const files = Object.entries(contents).map(([name, { length }]) => ({ name, bytes: length, url: name }));
  const taken = await takeFiles(files, { chat, blobs: createMemoryBlobs() });
  expect(taken.attachments.map(({ name }) => name)).toEqual(["small.png"]);
  expect(taken.lines).toHaveLength(1);
  expect(taken.refusals).toEqual([
    expect.stringMatching(/^wide\.png was not passed on: as an image it has 9000 x 10 pixels/),
    expect.stringMatching(/^book\.pdf was not passed on: as a PDF it has 300 pages/),
  ]);
});
