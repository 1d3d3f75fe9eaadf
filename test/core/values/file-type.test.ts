import { describe, expect, test } from "vitest";
import { fileTypeOf, isRasterImage } from "../../../src/core/values/file-type.js";

const bytes = (text: string) => Buffer.from(text, "latin1");

describe("the type of a file", () => {
  test.each<[string, Uint8Array, string]>([
    ["a PNG", bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png"],
    ["a JPEG", bytes("\xff\xd8\xff\xe0\0\x10JFIF"), "image/jpeg"],
    ["a GIF", bytes("GIF89a\x01\0\x01\0"), "image/gif"],
    ["a WebP", bytes("RIFF\x20\0\0\0WEBPVP8 "), "image/webp"],
    ["a PDF", bytes("%PDF-1.7\n"), "application/pdf"],
    ["a ZIP", bytes("PK\x03\x04\x14\0"), "application/zip"],
    ["gzip", bytes("\x1f\x8b\x08\0"), "application/gzip"],
    ["HTML", Buffer.from("<!doctype html><script>alert(1)</script>"), "text/plain"],
    ["SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), "text/plain"],
    ["a script", Buffer.from("alert(document.cookie)"), "text/plain"],
    ["text in any script", Buffer.from("\ufeff日本語 😀\r\n\tend"), "text/plain"],
    ["nothing", Buffer.alloc(0), "text/plain"],
    ["HTML behind one byte that is no text", bytes("\0<script>alert(1)</script>"), "application/octet-stream"],
    ["a RIFF that is no WebP", bytes("RIFF\x20\0\0\0WAVEfmt "), "application/octet-stream"],
    ["text in Latin-1", bytes("caf\xe9 au lait"), "application/octet-stream"],
    ["an ELF program", bytes("\x7fELF\x02\x01\x01"), "application/octet-stream"],
  ])("that is %s is known by its content", (_what, head, type) => {
    expect(fileTypeOf(head)).toBe(type);
  });

  test("is text where the end of the head cuts a character in two", () => {
    expect(fileTypeOf(Buffer.from("a 😀").subarray(0, 4))).toBe("text/plain");
  });

  test("says which files a page shows as images: no SVG, no HTML, no PDF", () => {
    expect(["image/png", "image/jpeg", "image/gif", "image/webp"].every(isRasterImage)).toBe(true);
    expect(["image/svg+xml", "text/html", "text/plain", "application/pdf", undefined].some(isRasterImage)).toBe(false);
  });
});
