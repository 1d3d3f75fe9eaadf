/** One line of Git's protocol. `flush` ends a list of them. */
export type PktLine = { kind: "data"; bytes: Buffer } | { kind: "flush" };

const lengthDigits = 4;
/** 0001 and 0002 occur in answers of version 2 only; here they end a list too. */
const maxSpecial = 2;

/** Not lines of this protocol. */
export class PktLineError extends Error {}

/** Takes bytes as they come, gives whole lines. */
export function createPktReader(): { read(chunk: Uint8Array): PktLine[]; readonly rest: Buffer } {
  let rest: Buffer = Buffer.alloc(0);
  return {
    read(chunk) {
      rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      const lines: PktLine[] = [];
      for (;;) {
        const next = firstPktLine(rest);
        if (!next) return lines;
        lines.push(next.line);
        rest = rest.subarray(next.bytes);
      }
    },
    get rest() {
      return rest;
    },
  };
}

/** The line a buffer begins with, and how long it is; undefined: more has to come. */
export function firstPktLine(buffer: Buffer): { line: PktLine; bytes: number } | undefined {
  if (buffer.length < lengthDigits) return undefined;
  const digits = buffer.toString("latin1", 0, lengthDigits);
  if (!/^[0-9a-f]{4}$/i.test(digits)) throw new PktLineError("no length");
  const bytes = Number.parseInt(digits, 16);
  if (bytes <= maxSpecial) return { line: { kind: "flush" }, bytes: lengthDigits };
  if (bytes < lengthDigits) throw new PktLineError("no such length");
  if (buffer.length < bytes) return undefined;
  return { line: { kind: "data", bytes: buffer.subarray(lengthDigits, bytes) }, bytes };
}

export function pktLine(content: string | Buffer): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const length = (bytes.length + lengthDigits).toString(16).padStart(lengthDigits, "0");
  return Buffer.concat([Buffer.from(length), bytes]);
}

export const flushLine = Buffer.from("0000");
