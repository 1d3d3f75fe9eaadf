import type { Meter, Metered } from "./wire.js";

/** A longer answer in one piece is passed on but not read: the most output a model gives is far below it. */
const maxJsonBytes = 4 * 1_024 * 1_024;

/** Meters an answer in one piece. One that was cut off, or is longer than 4 MiB, says nothing. */
export function createJsonAnswerMeter(meteredOf: (answer: unknown) => Metered | undefined): Meter {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    read(chunk) {
      bytes += chunk.length;
      if (bytes <= maxJsonBytes) chunks.push(chunk);
      else chunks.length = 0;
    },
    result() {
      if (bytes > maxJsonBytes) return undefined;
      return meteredOf(parseOrUndefined(Buffer.concat(chunks).toString("utf8")));
    },
  };
}

/** Undefined: it is not JSON. */
export function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
