import { createHmac, timingSafeEqual } from "node:crypto";

/** The header that carries the signature of a call, or of its answer. */
export const signatureHeader = "Parley-Signature";

/** HMAC-SHA256 in hex, over `call` and the body, or over `answer`, the signature of the call and the body. The signature of a call is not valid for an answer. */
export function sign(key: Uint8Array, parts: readonly ["call", string] | readonly ["answer", string, string]): string {
  return createHmac("sha256", key)
    .update(`parley-fleet-1\n${parts.join("\n")}`)
    .digest("hex");
}

/** In constant time. */
export function isSameSignature(given: string | null | undefined, expected: string): boolean {
  const [a, b] = [Buffer.from(given ?? ""), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
