import type { Ids } from "../../ports/ids.js";
import type { Tickets } from "../../ports/tickets.js";

/** Codes that sign one person in once, at any process, as an existing participant. They are never logged. */
export interface OneTimeCodes {
  /** Creates a code valid for one use within 15 minutes. */
  issue(entry: { roomId: string; name: string }): Promise<string>;
  /** Redeems the code; undefined if it is invalid, used or expired. */
  redeem(code: string): Promise<{ roomId: string; name: string } | undefined>;
}

const lifetimeMs = 15 * 60_000;
const codeBytes = 20;
const prefix = "once-";

/** Stores only hashes, so that reading the store reveals no code and lookup time reveals nothing. */
export function createOneTimeCodes(options: {
  tickets: Tickets;
  ids: Ids;
  sha256: (text: string) => string;
}): OneTimeCodes {
  const { tickets, ids, sha256 } = options;
  const keyOf = (code: string) => `code/${sha256(`one-time/${code}`)}`;

  return {
    async issue({ roomId, name }) {
      const code = prefix + Buffer.from(ids.bytes(codeBytes)).toString("base64url");
      await tickets.put(keyOf(code), { roomId, name }, { lifetimeMs });
      return code;
    },
    async redeem(typed) {
      if (!typed.startsWith(prefix)) return undefined;
      const entry = await tickets.take(keyOf(typed));
      if (!entry || !("roomId" in entry) || !("name" in entry)) return undefined;
      const { roomId, name } = entry;
      return typeof roomId === "string" && typeof name === "string" ? { roomId, name } : undefined;
    },
  };
}
