import { PortError } from "../../src/ports/port-error.js";

/** One entry of an archive. Paths are bytes, for the names of files need not be text. */
export interface TarEntry {
  path: Uint8Array;
  kind: "file" | "folder" | "link";
  /** Of files, bytes. */
  size: number;
  /** Unix seconds. */
  modifiedS: number;
  isExecutable: boolean;
  /** Of links. */
  target?: Uint8Array;
}

const blockBytes = 512;
const typeFlags = { file: "0", link: "2", folder: "5" } as const;
const maxNameBytes = 100;
/** Larger ones have more than 11 octal digits. */
const maxOctalSize = 8 ** 11 - 1;

/** Two empty blocks end an archive. */
export const tarEnd = new Uint8Array(2 * blockBytes);

/** Bytes after a file's content up to a whole block. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((blockBytes - (size % blockBytes)) % blockBytes);
}

/** Header of an entry: ustar, with a pax header before it where a name or size does not fit (POSIX 1003.1, pax). */
export function tarHeader(entry: TarEntry): Uint8Array {
  const records: [string, Uint8Array][] = [];
  if (entry.path.length > maxNameBytes) records.push(["path", entry.path]);
  if (entry.target && entry.target.length > maxNameBytes) records.push(["linkpath", entry.target]);
  if (entry.size > maxOctalSize) records.push(["size", Buffer.from(String(entry.size))]);
  const own = blockOf(entry, typeFlags[entry.kind]);
  if (records.length === 0) return own;
  const body = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  const path = Buffer.from("PaxHeader");
  const header = blockOf({ ...entry, path, kind: "file", size: body.length }, "x");
  return Buffer.concat([header, body, tarPadding(body.length), own]);
}

/** `length key=value\n`, where the length counts its own digits too. */
function paxRecord(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from("\n")]);
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function blockOf({ path, size, modifiedS, isExecutable, target }: TarEntry, typeFlag: string): Buffer {
  const header = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0").slice(-digits)}\0`;
  const put = (at: number, bytes: string | Uint8Array) =>
    Buffer.from(bytes as Uint8Array)
      .subarray(0, maxNameBytes)
      .copy(header, at);
  put(0, path);
  put(100, octal(isExecutable || typeFlag === "5" ? 0o755 : 0o644, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(Math.min(size, maxOctalSize), 11));
  put(136, octal(Math.max(0, Math.min(modifiedS, maxOctalSize)), 11));
  // The checksum is counted with spaces in its place.
  put(148, " ".repeat(8));
  put(156, typeFlag);
  if (target) put(157, target);
  put(257, "ustar\u000000");
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return header;
}

/** The archive ends with this error where the folder is larger than it may be. */
export function archiveTooLarge(maxBytes: number): PortError {
  return new PortError(`The folder has more than ${maxBytes} bytes. The archive ends here.`, {
    code: "full",
    retryable: false,
  });
}
