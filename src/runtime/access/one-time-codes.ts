import type { Ids } from "../../ports/ids.js";
import type { Tickets } from "../../ports/tickets.js";

/** Codes that let one person in once, at any process, as somebody who is in a room already. They are in no log. */
export interface OneTimeCodes {
  /** A code that works once within 15 minutes. */
  issue(entry: { roomId: string; name: string }): Promise<string>;
  /** Uses the code up; undefined when it does not work (any more). */
  redeem(code: string): Promise<{ roomId: string; name: string } | undefined>;
}

const lifetimeMs = 15 * 60_000;
const codeBytes = 20;
const prefix = "once-";

/** What is kept is a code's hash: who can read the store learns no code, and looking one up takes no time that tells. */
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
