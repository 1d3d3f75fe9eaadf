import type { Sent } from "./server.js";

/** How an append ended, as far as the server said. */
export type Outcome = Exclude<Sent, { kind: "missing" }> | { kind: "unknown" };

/**
 * Where the server's word that it stored something is enough. Its guard refuses every second writer as long as it lives; killed, it may forget
 * a guard whose message it has, and a torn message may hide what follows it. So its word counts for a stream that this process has
 * written to and read back in the same life of the server, and only if nothing else came between: its offsets count bytes.
 */
export interface ServerWord {
  isEnough(append: { stream: string; before: string | undefined; sent: Outcome; bytes: number }): boolean;
  /** The sent batch was read back from the server, in this life of it. */
  readBack(stream: string, from: { sent: Outcome; life: string | undefined }): void;
  forget(stream: string): void;
}

/** Of a message beside its text: its length, a comma and the end of a line. */
const frameBytes = 6;

export function createServerWord(): ServerWord {
  const proven = new Map<string, string>();

  return {
    isEnough({ stream, before, sent, bytes }) {
      if (sent.kind !== "appended" || sent.life === undefined || proven.get(stream) !== sent.life) return false;
      return bytesBetween(before, sent.offset) === bytes + frameBytes;
    },
    readBack(stream, { sent, life }) {
      if (sent.kind === "appended" && life !== undefined && sent.life === life) proven.set(stream, life);
      else proven.delete(stream);
    },
    forget: (stream) => void proven.delete(stream),
  };
}

function bytesBetween(from: string | undefined, to: string): number | undefined {
  const [before, after] = [byteOf(from), byteOf(to)];
  return before && after && before.file === after.file ? after.byte - before.byte : undefined;
}

function byteOf(offset: string | undefined): { file: string; byte: number } | undefined {
  const [, file, byte] = /^(\d{16})_(\d{16})$/.exec(offset ?? "") ?? [];
  return file === undefined ? undefined : { file, byte: Number(byte) };
}
