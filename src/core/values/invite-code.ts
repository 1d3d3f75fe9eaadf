/** Crockford's base 32: no I, L, O, U, so that a code can be read aloud. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** Characters of a room id; it is the first part of every invite code. */
export const roomIdLength = 10;
const secretLength = 16;
const groupLength = 5;

/** Text of `length` base 32 characters made of that many bytes; each byte gives 5 bits. */
export function base32(bytes: Uint8Array, length: number): string {
  return Array.from(bytes.subarray(0, length), (byte) => alphabet[byte & 31]).join("");
}

/** Random bytes in an invite code. */
export const inviteSecretBytes = secretLength;

/** `<room part>-<80 random bits>` in groups. `secret` is `inviteSecretBytes` random bytes, of which 5 bits each count. */
export function inviteCode(roomId: string, secret: Uint8Array): string {
  return `${inGroups(roomId)}-${inGroups(base32(secret, secretLength), 4)}`;
}

function inGroups(text: string, size = groupLength): string {
  return text.match(new RegExp(`.{1,${size}}`, "g"))?.join("-") ?? "";
}

/**
 * What a person typed: case, spaces and dashes do not matter, and O, I, L count as 0, 1, 1.
 * `canonical` is what is hashed. Undefined when it cannot be a code.
 */
export function parseInviteCode(typed: string): { roomId: string; canonical: string } | undefined {
  if (typed.length > 100) return undefined;
  const canonical = typed.toLowerCase().replace(/[\s-]/g, "").replace(/o/g, "0").replace(/[il]/g, "1");
  if (canonical.length !== roomIdLength + secretLength) return undefined;
  if ([...canonical].some((char) => !alphabet.includes(char))) return undefined;
  return { roomId: canonical.slice(0, roomIdLength), canonical };
}
