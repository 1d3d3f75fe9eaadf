import type { Attachment, Recipients } from "./event.js";

/** Short fingerprint of a message with its files, used to recognise repetitions. A collision only suppresses a message of the same sender. */
export function printOfMessage(to: Recipients, body: string, files: readonly Attachment[] = []): string {
  const hashes = files.map(({ sha256 }) => sha256);
  return print(JSON.stringify(hashes.length === 0 ? [to, body] : [to, body, hashes]));
}

/** Fingerprint of a question, by which one asked again is recognised. */
export function printOfQuestion(body: string): string {
  return print(JSON.stringify([body]));
}

/** 53 bits, mixed by cyrb53: core has no SHA-256 of its own where it folds. */
function print(text: string): string {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}
