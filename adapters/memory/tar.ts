import { PortError } from "../../src/ports/port-error.js";

/** An entry of a work folder: the bytes of a file, or the target of a link. */
export type MemoryFile = Uint8Array | { linkTo: string };

const blockBytes = 512;
const maxNameBytes = 100;

/** An archive in the ustar form of POSIX 1003.1 (pax, "ustar Interchange Format"): a header block a file, its bytes in whole blocks, two empty blocks at the end. */
export async function* tarOf(files: ReadonlyMap<string, MemoryFile>, maxBytes: number): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for (const [path, file] of files) {
    const content = file instanceof Uint8Array ? file : new Uint8Array();
    bytes += content.length;
    if (bytes > maxBytes)
      throw new PortError(`The folder has more than ${maxBytes} bytes. The archive ends here.`, {
        code: "full",
        retryable: false,
      });
    yield headerOf(path, file);
    yield content.slice();
    yield new Uint8Array((blockBytes - (content.length % blockBytes)) % blockBytes);
  }
  yield new Uint8Array(2 * blockBytes);
}

function headerOf(path: string, file: MemoryFile): Uint8Array {
  if (Buffer.byteLength(path) > maxNameBytes)
    throw new PortError(`The name ${path} is too long for the archive.`, { code: "refused", retryable: false });
  const isFile = file instanceof Uint8Array;
  const header = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  const put = (at: number, text: string) => header.write(text, at, "utf8");
  put(0, path);
  put(100, octal(0o644, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(isFile ? file.length : 0, 11));
  put(136, octal(0, 11));
  // The checksum is counted with spaces in its place.
  put(148, " ".repeat(8));
  put(156, isFile ? "0" : "2");
  if (!isFile) put(157, file.linkTo.slice(0, maxNameBytes));
  put(257, "ustar\u000000");
  put(
    148,
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
  );
  return header;
}
