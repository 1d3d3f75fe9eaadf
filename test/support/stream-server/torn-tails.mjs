import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const lengthBytes = 4;
const newline = 0x0a;

/** Where the last whole frame (length, data, newline) ends; `damaged` when a frame that should be whole is not closed. */
function findEnd(file, size) {
  const [length, closing] = [Buffer.alloc(lengthBytes), Buffer.alloc(1)];
  let end = 0;
  while (end + lengthBytes <= size) {
    readSync(file, length, 0, lengthBytes, end);
    const next = end + lengthBytes + length.readUInt32BE(0) + 1;
    if (next > size) break;
    readSync(file, closing, 0, 1, next - 1);
    if (closing[0] !== newline) return { end, damaged: true };
    end = next;
  }
  return { end, damaged: false };
}

function cutFile(dataDir, name) {
  const file = openSync(join(dataDir, "streams", name), "r+");
  try {
    const { size } = fstatSync(file);
    const { end, damaged } = findEnd(file, size);
    if (damaged) return { name, kind: "damaged", at: end };
    if (end === size) return undefined;
    const torn = Buffer.alloc(size - end);
    readSync(file, torn, 0, torn.length, end);
    mkdirSync(join(dataDir, "torn"), { recursive: true });
    writeFileSync(join(dataDir, "torn", `${name}.${end}`), torn, { flush: true });
    ftruncateSync(file, end);
    fsyncSync(file);
    return { name, kind: "cut", at: end, bytes: torn.length };
  } finally {
    closeSync(file);
  }
}

/**
 * The server's own recovery skips half a frame at the end of a log but leaves it there, so that whatever is appended later lies
 * behind it and cannot be read. This cuts it off (nobody was told it was stored) and keeps a copy in `torn/`.
 * A file that is damaged in its middle is reported and left as it is.
 */
export function cutTornTails(dataDir) {
  let names;
  try {
    names = readdirSync(join(dataDir, "streams"));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
  const logs = names.filter((name) => name.endsWith(".log"));
  return logs.map((name) => cutFile(dataDir, name)).filter((found) => found !== undefined);
}
