import { randomBytes, randomUUID } from "node:crypto";
import type { Ids } from "../../src/ports/ids.js";

const alphabet = "0123456789abcdefghijklmnopqrstuv";
const idLength = 20;

/** Five bits of each byte become a character: 100 bits in all. */
function toId(bytes: Uint8Array): string {
  let id = "";
  for (const byte of bytes) id += alphabet[byte & 31];
  return id;
}

/** Bytes asked of the operating system at a time: asking for each id costs more than all the rest of making it. */
const poolBytes = 4_096;

/** Chance from the operating system. */
export function createRandomIds(): Ids {
  let pool = randomBytes(poolBytes);
  let used = 0;
  return {
    next: () => {
      if (used + idLength > poolBytes) {
        pool = randomBytes(poolBytes);
        used = 0;
      }
      used += idLength;
      return toId(pool.subarray(used - idLength, used));
    },
    bytes: (count) => new Uint8Array(randomBytes(count)),
    uuid: () => randomUUID(),
  };
}

function toUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  const variant = "89ab"[Number.parseInt(hex.charAt(16), 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The same ids for the same seed, for tests and simulation. Never for secrets of a real room. */
export function createSeededIds(seed: number): Ids {
  let state = seed >>> 0;

  /** Mulberry32: 32 bits at a time. */
  function random32(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  const bytes = (count: number) => Uint8Array.from({ length: count }, () => random32() >>> 24);
  let count = 0;
  return {
    // 32 bits of state repeat themselves; the counter keeps ids apart.
    next: () => `${toId(bytes(12))}${(count++).toString(36).padStart(8, "0")}`,
    bytes,
    uuid: () => toUuid(bytes(16)),
  };
}
