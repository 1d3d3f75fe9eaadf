import { closeSync, existsSync, fstatSync, openSync, readSync, truncateSync } from "node:fs";
import { join } from "node:path";
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

/**
 * The package's store, with three differences. A read of the end of a stream reads only that part of the file. An append that
 * failed, on a full disk for one, leaves nothing behind: the package's would end the server, or go on behind half a frame. And it notes when a
 * stream was used last only where that ends the stream's life, for noting it writes to the disk while everybody waits.
 */
export class TailStore extends FileBackedStreamStore {
  constructor(options) {
    super(options);
    const pool = this.fileHandlePool;
    const open = pool.getWriteStream.bind(pool);
    pool.getWriteStream = (path) => {
      const stream = open(path);
      // The write reports the error to its caller; an event without a listener would end the process.
      if (stream.listenerCount("error") === 0) stream.on("error", () => {});
      return stream;
    };
  }

  touchAccess(streamPath) {
    if (this.getMetaIfNotExpired(streamPath)?.ttlSeconds !== undefined) super.touchAccess(streamPath);
  }

  readMessagesFromSegmentFile(path, startByte, baseByte, capByte) {
    const from = startByte - baseByte;
    const frames = from > 0 && capByte === undefined ? framesAfter(path, from) : undefined;
    if (frames === undefined) return super.readMessagesFromSegmentFile(path, startByte, baseByte, capByte);
    return frames.map(({ data, endsAt }) => ({ data, offset: offsetOf(baseByte + endsAt), timestamp: 0 }));
  }

  /** Called with the stream's lock held. */
  async appendInner(streamPath, data, options) {
    try {
      return await super.appendInner(streamPath, data, options);
    } catch (error) {
      // What the store refuses by its rules has no code, and wrote nothing.
      if (error.code !== undefined) await this.undoAppend(streamPath);
      throw error;
    }
  }

  async undoAppend(streamPath) {
    const meta = this.getMetaIfNotExpired(streamPath);
    if (meta === undefined) return;
    const path = join(this.dataDir, "streams", `${meta.directoryName}.log`);
    await this.fileHandlePool.closeFileHandle(path);
    if (existsSync(path)) truncateSync(path, Number(meta.currentOffset.split("_")[1]));
  }
}
