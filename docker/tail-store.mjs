import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { FileBackedStreamStore } from "@durable-streams/server";

const lengthBytes = 4;
const frameEnd = 0x0a;

/** What follows byte `from` of a file, with the byte before it; undefined where nothing does. */
function readFrom(path, from) {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.allocUnsafe(Math.max(0, fstatSync(file).size - from + 1));
    const got = readSync(file, bytes, 0, bytes.length, from - 1);
    return got < 1 ? undefined : bytes.subarray(0, got);
  } finally {
    closeSync(file);
  }
}

/** The whole frames after byte `from`; undefined where `from` is not between two frames. */
function framesAfter(path, from) {
  const bytes = readFrom(path, from);
  if (bytes === undefined || bytes[0] !== frameEnd) return undefined;
  const frames = [];
  for (let at = 1; at + lengthBytes <= bytes.length; ) {
    const start = at + lengthBytes;
    const end = start + bytes.readUInt32BE(at);
    if (end >= bytes.length) break;
    if (bytes[end] !== frameEnd) return undefined;
    frames.push({ data: new Uint8Array(bytes.subarray(start, end)), endsAt: from + end });
    at = end + 1;
  }
  return frames;
}

const offsetOf = (byte) => `${"0".repeat(16)}_${String(byte).padStart(16, "0")}`;

/** The package's store reads the whole file of a stream for whoever asks for its end. This one reads the end. */
export class TailStore extends FileBackedStreamStore {
  readMessagesFromSegmentFile(path, startByte, baseByte, capByte) {
    const from = startByte - baseByte;
    const frames = from > 0 && capByte === undefined ? framesAfter(path, from) : undefined;
    if (frames === undefined) return super.readMessagesFromSegmentFile(path, startByte, baseByte, capByte);
    return frames.map(({ data, endsAt }) => ({ data, offset: offsetOf(baseByte + endsAt), timestamp: 0 }));
  }
}
