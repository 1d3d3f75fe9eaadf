import type { Attachment } from "../../core/room/gate-content.js";
import type { Clock } from "../../ports/clock.js";
import { deriveKey, hmac, sameSecret } from "./secrets.js";

/** An upload that no message names yet. `by`: who may send it; as kind and name of the sender. */
export interface Upload {
  roomId: string;
  by: string;
  attachment: Attachment;
}

/** Signed ids `u1.<payload>.<mac>` of uploads: what they say need not be stored, and every process of a fleet can read them. */
export interface UploadIds {
  issue(upload: Upload): string;
  /** Undefined if this installation did not sign it or it is too old to be sent. Never throws. */
  verify(id: string): Upload | undefined;
}

/** Time within which a message has to name an upload, in ms: half of what an unnamed file is kept at least. */
export const uploadLifetimeMs = 12 * 3_600_000;
/** Characters of an upload's id, at most. */
export const maxUploadIdChars = 1_024;

const prefix = "u1";

/** Signs and verifies ids of uploads with a key derived from the secret. */
export function createUploadIds({ secret, clock }: { secret: string; clock: Pick<Clock, "nowMs"> }): UploadIds {
  const key = deriveKey(secret, "upload");
  const sign = (payload: string) => Buffer.from(hmac(key, `${prefix}.${payload}`)).toString("base64url");

  return {
    issue({ roomId, by, attachment: { name, bytes, sha256, type } }) {
      const untilMs = clock.nowMs() + uploadLifetimeMs;
      const payload = Buffer.from(JSON.stringify([roomId, by, name, bytes, sha256, type, untilMs])).toString(
        "base64url",
      );
      return `${prefix}.${payload}.${sign(payload)}`;
    },
    verify(id) {
      const [version, payload, mac, ...rest] = id.length > maxUploadIdChars ? [] : id.split(".");
      if (version !== prefix || payload === undefined || mac === undefined || rest.length > 0) return undefined;
      if (!sameSecret(mac, sign(payload))) return undefined;
      const [roomId, by, name, bytes, sha256, type, untilMs] = JSON.parse(Buffer.from(payload, "base64url").toString());
      if (untilMs <= clock.nowMs()) return undefined;
      return { roomId, by, attachment: { name, bytes, sha256, type } };
    },
  };
}
