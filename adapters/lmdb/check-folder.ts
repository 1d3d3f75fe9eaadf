import { accessSync, closeSync, constants, existsSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PortError } from "../../src/ports/port-error.js";

/** LMDB's magic number and the version of its format, little-endian, and where the first page has them. */
const magic = Buffer.from([0xde, 0xc0, 0xef, 0xbe, 2, 0, 0, 0]);
const magicOffset = 24;
/** Enough for the files of a new environment. */
const probe = Buffer.alloc(128 * 1024);

function readStart(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const start = Buffer.alloc(magicOffset + magic.length);
    return start.subarray(0, readSync(file, start, 0, start.length, 0));
  } finally {
    closeSync(file);
  }
}

function probeSpace(dir: string): void {
  const path = join(dir, `probe-${process.pid}`);
  try {
    writeFileSync(path, probe);
  } finally {
    rmSync(path, { force: true });
  }
}

/**
 * Checks whether LMDB could open `dir`, and throws the obstacle. Must come before opening: if LMDB itself fails to open, lmdb-js 3.5 frees the same
 * memory twice and ends the process.
 */
export function checkFolder(dir: string): void {
  accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  const files = [join(dir, "data.mdb"), join(dir, "lock.mdb")];
  const present = files.filter((file) => existsSync(file));
  for (const file of present) accessSync(file, constants.R_OK | constants.W_OK);
  if (present.length < files.length) probeSpace(dir);
  const [dataFile = ""] = files;
  const start = existsSync(dataFile) ? readStart(dataFile) : Buffer.alloc(0);
  // One that is empty was being made when its process died.
  if (start.length === 0 || start.subarray(magicOffset).equals(magic)) return;
  throw new PortError(
    `The file ${dataFile} is damaged, or no data of Parley's. Nothing was changed. Restore the folder from a copy, or choose another one.`,
    { code: "corrupt", retryable: false },
  );
}
