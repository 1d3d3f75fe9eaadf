import type { Clock } from "../ports/clock.js";
import type { Ids } from "../ports/ids.js";
import { sameSecret } from "./secrets.js";

/** Codes that let one person in once as somebody who is in a room already. In memory: a restart ends them. */
export interface OneTimeCodes {
  /** A code that works once within 15 minutes. */
  issue(entry: { roomId: string; name: string }): string;
  /** Uses the code up; undefined when it does not work (any more). */
  redeem(code: string): { roomId: string; name: string } | undefined;
}

const lifetimeMs = 15 * 60_000;
const codeBytes = 20;
const prefix = "once-";

export function createOneTimeCodes({ clock, ids }: { clock: Clock; ids: Ids }): OneTimeCodes {
  const issued = new Map<string, { roomId: string; name: string; untilMs: number }>();

  function dropExpired(): void {
    for (const [code, { untilMs }] of issued) if (untilMs <= clock.monotonicMs()) issued.delete(code);
  }

  return {
    issue({ roomId, name }) {
      dropExpired();
      const code = prefix + Buffer.from(ids.bytes(codeBytes)).toString("base64url");
      issued.set(code, { roomId, name, untilMs: clock.monotonicMs() + lifetimeMs });
      return code;
    },
    redeem(typed) {
      dropExpired();
      for (const [code, { roomId, name }] of issued) {
        if (!sameSecret(code, typed)) continue;
        issued.delete(code);
        return { roomId, name };
      }
      return undefined;
    },
  };
}
