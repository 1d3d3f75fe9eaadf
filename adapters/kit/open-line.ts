/** The unfinished line of a byte stream, in one growing buffer: a sender that writes byte by byte must not cost an object for each byte. */
export interface OpenLine {
  /** Bytes so far. */
  readonly length: number;
  append(piece: Uint8Array): void;
  /** The line as a copy; the next one begins. */
  take(): Buffer;
  /** Forgets it. */
  clear(): void;
}

const firstCapacity = 1_024;
/** A buffer up to this size is kept for the next line. */
const keptCapacity = 64 * 1_024;

/** Makes an empty line. It grows without a limit: its user says when it is too long. */
export function createOpenLine(): OpenLine {
  let bytes = Buffer.alloc(0);
  let length = 0;

  function clear(): void {
    length = 0;
    if (bytes.length > keptCapacity) bytes = Buffer.alloc(0);
  }

  return {
    get length() {
      return length;
    },
    append(piece) {
      if (length + piece.length > bytes.length) {
        const grown = Buffer.alloc(Math.max(firstCapacity, 2 * bytes.length, length + piece.length));
        bytes.copy(grown, 0, 0, length);
        bytes = grown;
      }
      bytes.set(piece, length);
      length += piece.length;
    },
    take() {
      const line = Buffer.from(bytes.subarray(0, length));
      clear();
      return line;
    },
    clear,
  };
}
