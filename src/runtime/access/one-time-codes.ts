import type { Ids } from "../../ports/ids.js";
import type { Tickets } from "../../ports/tickets.js";

/** Whom a code signs in: one stay of a person, as in a room token. The code is worthless once that stay has ended. */
export interface OneTimeEntry {
  roomId: string;
  name: string;
  /** Version of the room the person joined with. */
  joinedVersion: number;
}

/** Codes that sign one person in once, at any process, as an existing participant. They are never logged. */
export interface OneTimeCodes {
  /** Creates a code valid for one use within 15 minutes. */
  issue(entry: OneTimeEntry): Promise<string>;
  /** Redeems the code; undefined if it is invalid, used or expired. Whether the stay still lasts is for the caller to see. */
  redeem(code: string): Promise<OneTimeEntry | undefined>;
}

const lifetimeMs = 15 * 60_000;
const codeBytes = 20;
const prefix = "once-";

/** Creates one-time codes that live for 15 minutes. Only their SHA-256 is stored, so neither the store nor the time of a lookup reveals a code. */
export function createOneTimeCodes(options: {
  tickets: Tickets;
  ids: Ids;
  sha256: (text: string) => string;
}): OneTimeCodes {
  const { tickets, ids, sha256 } = options;
  const keyOf = (code: string) => `code/${sha256(`one-time/${code}`)}`;

  return {
    async issue({ roomId, name, joinedVersion }) {
      const code = prefix + Buffer.from(ids.bytes(codeBytes)).toString("base64url");
      await tickets.put(keyOf(code), { roomId, name, joinedVersion }, { lifetimeMs });
      return code;
    },
    async redeem(typed) {
      if (!typed.startsWith(prefix)) return undefined;
      const entry = await tickets.take(keyOf(typed));
      return entry && parseEntry(entry);
    },
  };
}

/** A code of a version that did not note the stay opens nothing: it is asked for again within its 15 minutes. */
function parseEntry(entry: object): OneTimeEntry | undefined {
  const { roomId, name, joinedVersion } = entry as Record<string, unknown>;
  if (typeof roomId !== "string" || typeof name !== "string" || typeof joinedVersion !== "number") return undefined;
  return { roomId, name, joinedVersion };
}
