import type { PersonRole } from "../../core/room/event.js";
import { presentParticipant, type Room } from "../../core/room/room.js";
import type { Clock } from "../../ports/clock.js";
import { deriveKey, hmac, sameSecret } from "./secrets.js";

/** Subject of a room token. The role is not included; it is read from the current room. */
export interface RoomToken {
  roomId: string;
  name: string;
  /** Version at which the person joined. Leaving or rejoining invalidates the token. */
  joinedVersion: number;
  /** Unix ms. */
  expiresAtMs: number;
}

/** Signed tokens `p1.<payload>.<mac>`: HMAC-SHA256, base64url, valid for one room and one stay of one person. */
export interface Tokens {
  issue(bearer: { roomId: string; name: string; joinedVersion: number }): string;
  /** Verifies a token; undefined if this installation did not sign it or it has expired. Never throws. */
  verify(token: string): RoomToken | undefined;
}

/** Lifetime of a room token, in seconds. */
export const roomTokenSeconds = 30 * 24 * 3_600;

const prefix = "p1";
const maxTokenChars = 1_024;

/** Signs and verifies room tokens with a key derived from the secret. */
export function createTokens({ secret, clock }: { secret: string; clock: Clock }): Tokens {
  const key = deriveKey(secret, "token/room");

  function sign(payload: string): string {
    return Buffer.from(hmac(key, `${prefix}.${payload}`)).toString("base64url");
  }

  return {
    issue({ roomId, name, joinedVersion }) {
      const exp = Math.floor(clock.nowMs() / 1_000) + roomTokenSeconds;
      const payload = encode({ roomId, name, joinedVersion, purpose: "room", exp });
      return `${prefix}.${payload}.${sign(payload)}`;
    },
    verify(token) {
      if (token.length > maxTokenChars) return undefined;
      const [version, payload, mac, ...rest] = token.split(".");
      if (version !== prefix || payload === undefined || mac === undefined || rest.length > 0) return undefined;
      if (!sameSecret(mac, sign(payload))) return undefined;
      const read = decode(payload);
      return read && read.expiresAtMs > clock.nowMs() ? read : undefined;
    },
  };
}

/** Current role of the token's bearer; undefined if the stay it was issued for has ended. */
export function roleOfToken(room: Room, token: RoomToken): PersonRole | undefined {
  const participant = presentParticipant(room, token.name);
  if (participant?.kind !== "human" || room.roomId !== token.roomId) return undefined;
  return participant.joinedVersion === token.joinedVersion ? participant.role : undefined;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(payload: string): RoomToken | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    const { roomId, name, joinedVersion, purpose, exp } = value as Record<string, unknown>;
    if (purpose !== "room" || typeof roomId !== "string" || typeof name !== "string") return undefined;
    if (typeof joinedVersion !== "number" || typeof exp !== "number") return undefined;
    return { roomId, name, joinedVersion, expiresAtMs: exp * 1_000 };
  } catch {
    return undefined;
  }
}
