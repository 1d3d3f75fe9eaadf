import { inflateSync } from "node:zlib";

/** Bytes of all unpacked object streams, at most, so that a small file cannot fill the memory. */
const maxUnpackedBytes = 32 * 1_024 * 1_024;
/** Object streams that are looked at, at most. */
const maxStreams = 2_000;
const streamType = "/ObjStm";

/**
 * Pages of a PDF by the largest `/Count` of its page trees, also of those in compressed object streams (ISO 32000-1, 7.5.7 and 7.7.3.2); undefined where it
 * cannot be read, as in an encrypted file.
 */
export function countPdfPages(bytes: Uint8Array): number | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const counts = text.split("endobj").flatMap((object) => countsIn(headOf(object)));
  const packed = [...objectStreams(text)].flatMap((unpacked) => dictionaries(unpacked).flatMap(countsIn));
  const all = [...counts, ...packed];
  return all.length === 0 ? undefined : all.reduce((most, count) => Math.max(most, count), 0);
}

/** An object without the content of its stream. */
function headOf(object: string): string {
  const at = object.search(/\bstream\r?\n/);
  return at < 0 ? object : object.slice(0, at);
}

function countsIn(dictionary: string): number[] {
  if (!/\/Type\s*\/Pages\b/.test(dictionary)) return [];
  const count = /\/Count\s+(\d{1,9})/.exec(dictionary)?.[1];
  return count === undefined ? [] : [Number(count)];
}

function* objectStreams(text: string): Generator<string> {
  let left = maxUnpackedBytes;
  let at = text.indexOf(streamType);
  for (let tries = 0; at >= 0 && tries < maxStreams && left > 0; tries++) {
    const mark = text.indexOf("stream", at);
    const end = text.indexOf("endstream", mark);
    if (mark < 0 || end < 0) return;
    const from = mark + (text.startsWith("stream\r\n", mark) ? 8 : 7);
    const content = unpack(Buffer.from(text.slice(from, end), "latin1"), left);
    left -= content?.length ?? 0;
    if (content !== undefined) yield content;
    at = text.indexOf(streamType, end);
  }
}

/** Undefined: packed in another way, encrypted, or too large. */
function unpack(packed: Buffer, maxOutputLength: number): string | undefined {
  try {
    return inflateSync(packed, { maxOutputLength }).toString("latin1");
  } catch {
    return undefined;
  }
}

/** The outermost `<<…>>`. */
function dictionaries(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: mark, index } of text.matchAll(/<<|>>/g)) {
    if (mark === "<<" && depth++ === 0) start = index;
    if (mark === ">>" && depth > 0 && --depth === 0) found.push(text.slice(start, index + 2));
  }
  return found;
}
