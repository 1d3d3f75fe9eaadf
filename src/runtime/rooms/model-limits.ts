import { readImageSize } from "./image-size.js";
import { countPdfPages } from "./pdf-pages.js";

/** The API takes 5 MB an image, counted in base64: 3.75 MiB of the file. https://docs.claude.com/en/docs/build-with-claude/vision */
export const maxImageBytes = (5 * 1_024 * 1_024 * 3) / 4;
/** Pixels of a side, at most. Same source. */
export const maxImageSidePx = 8_000;
/** Bytes of a document, at most. https://docs.claude.com/en/docs/build-with-claude/pdf-support */
export const maxPdfBytes = 32 * 1_024 * 1_024;
/** Pages of a document, at most. Same source. */
export const maxPdfPages = 100;

/**
 * Why the model's provider would refuse an image (PNG, JPEG, GIF, WebP) or a PDF, and with it every later call of the conversation it is in; undefined where
 * it would not, and for every other file. The content decides, not the name. `totalBytes`: of a file of which `bytes` is only the beginning; the pages of such a PDF
 * are not counted.
 */
export function whyRefusedByModel(bytes: Uint8Array, totalBytes = bytes.length): string | undefined {
  const image = readImageSize(bytes);
  if (image) return whyImage(image, totalBytes);
  return isPdf(bytes) ? whyPdf(bytes, totalBytes) : undefined;
}

function whyImage({ width, height }: { width: number; height: number }, length: number): string | undefined {
  if (length > maxImageBytes)
    return `as an image it has ${length} bytes, and the model takes ${maxImageBytes} at most. Send a smaller one`;
  if (Math.max(width, height) <= maxImageSidePx) return undefined;
  return `as an image it has ${width} x ${height} pixels, and the model takes ${maxImageSidePx} a side at most. Send a smaller one`;
}

function isPdf(bytes: Uint8Array): boolean {
  // Readers accept what stands before the mark.
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1_024)).includes("%PDF-");
}

function whyPdf(bytes: Uint8Array, totalBytes: number): string | undefined {
  if (totalBytes > maxPdfBytes)
    return `as a PDF it has ${totalBytes} bytes, and the model takes ${maxPdfBytes} at most. Send a part of it`;
  const pages = bytes.length === totalBytes ? countPdfPages(bytes) : undefined;
  if (pages === undefined || pages <= maxPdfPages) return undefined;
  return `as a PDF it has ${pages} pages, and the model takes ${maxPdfPages} at most. Send a part of it`;
}
