import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Derives a separate key per purpose, so that a signature for one is invalid for another. */
export function deriveKey(secret: string, purpose: string): Uint8Array {
  return hmac(secret, `parley/v1/${purpose}`);
}

/** HMAC-SHA256. */
export function hmac(key: string | Uint8Array, text: string): Uint8Array {
  return createHmac("sha256", key).update(text).digest();
}

/** Constant-time comparison that reveals neither the common prefix nor the lengths. */
export function sameSecret(a: string | Uint8Array, b: string | Uint8Array): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(value: string | Uint8Array): Uint8Array {
  return createHash("sha256").update(value).digest();
}
