/** Bytes at the start of a file that tell its type. */
export const typeHeadBytes = 4_096;

/** Type of content that nothing more is known of. */
export const unknownType = "application/octet-stream";

/** Raster images, which a browser draws and never runs. SVG is not among them: it can hold scripts. */
const rasterTypes: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** Marks at the start of files, as Latin-1 text. */
const marks: readonly (readonly [mark: string, type: string])[] = [
  ["\x89PNG\r\n\x1a\n", "image/png"],
  ["\xff\xd8\xff", "image/jpeg"],
  ["GIF87a", "image/gif"],
  ["GIF89a", "image/gif"],
  ["%PDF-", "application/pdf"],
  ["PK\x03\x04", "application/zip"],
  ["PK\x05\x06", "application/zip"],
  ["\x1f\x8b", "application/gzip"],
];

/**
 * Media type by content alone, from the first `typeHeadBytes` bytes or all of a shorter file: a raster image, PDF, ZIP, gzip, UTF-8 text (`text/plain`, HTML and SVG
 * too), otherwise `unknownType`. Neither a name nor what a client says matters.
 */
export function fileTypeOf(head: Uint8Array): string {
  const start = String.fromCharCode(...head.subarray(0, 16));
  const marked = marks.find(([mark]) => start.startsWith(mark))?.[1];
  if (marked !== undefined) return marked;
  if (start.startsWith("RIFF") && start.slice(8, 12) === "WEBP") return "image/webp";
  return isText(head) ? "text/plain" : unknownType;
}

/** Whether a browser may show files of this type in a page. */
export function isRasterImage(type: string | undefined): boolean {
  return type !== undefined && rasterTypes.has(type);
}

/** Valid UTF-8 without control characters but white space; a character cut off by the end of the head is no fault. */
function isText(head: Uint8Array): boolean {
  for (let at = 0; at < head.length; ) {
    const byte = head[at] ?? 0;
    const more = followersOf(byte);
    if (more === undefined) return false;
    for (const next of head.subarray(at + 1, at + 1 + more)) if ((next & 0xc0) !== 0x80) return false;
    at += 1 + more;
  }
  return true;
}

/** Bytes that follow the first of a UTF-8 character; undefined: none begins so. */
function followersOf(byte: number): number | undefined {
  if (byte < 0x80) return byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1b ? 0 : undefined;
  if (byte < 0xc2 || byte > 0xf4) return undefined;
  return byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
}
