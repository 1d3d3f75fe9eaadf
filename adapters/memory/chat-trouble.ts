import type { ChatTarget } from "../../src/ports/chat.js";
import { ChatError, type ChatErrorCode } from "../../src/ports/chat-error.js";
import type { Clock } from "../../src/ports/clock.js";
import type { ChatCall, ChatFault, MemoryPlatform } from "./chat-platform.js";
import { chatPlaceOf } from "./shown-posts.js";

/** What goes wrong with calls to a platform in memory. */
export interface ChatTrouble {
  /** Carries out a call, unless it is refused, limited, slow or lost. */
  run<Result>(call: { kind: ChatCall; target: ChatTarget | undefined; act: () => Result }): Promise<Result>;
  planFaults: MemoryPlatform["planFaults"];
  /** Every call in a channel (`*`: in all) fails with this code; undefined: none does any more. */
  set(code: ChatErrorCode | undefined, channel: string): void;
}

/** Nothing goes wrong yet. A call before its limit ended is added to `violations`. */
export function createChatTrouble(options: { platform: string; clock: Clock; violations: string[] }): ChatTrouble {
  const { platform, clock, violations } = options;
  const limitedUntil = new Map<string, number>();
  const trouble = new Map<string, ChatErrorCode>();
  let planned: Parameters<MemoryPlatform["planFaults"]>[0] = () => undefined;

  function checkLimit(kind: ChatCall, place: string): void {
    for (const key of [`${kind}/*`, `${kind}/${place}`]) {
      const leftMs = (limitedUntil.get(key) ?? 0) - clock.nowMs();
      if (leftMs > 0) violations.push(`${kind} in ${place} ${leftMs} ms before it was allowed`);
    }
  }

  function limit(
    kind: ChatCall,
    place: string,
    { retryAfterMs, scope }: Extract<ChatFault, { kind: "limited" }>,
  ): ChatError {
    limitedUntil.set(`${kind}/${scope === "platform" ? "*" : place}`, clock.nowMs() + retryAfterMs);
    return new ChatError("Too many calls.", { code: "rate_limited", retryAfterMs, ...(scope && { scope }) });
  }

  async function lose(fault: Extract<ChatFault, { kind: "lost" }>, act: () => unknown): Promise<never> {
    if (fault.hasEffect) act();
    if (fault.afterMs) await new Promise<void>((resolve) => clock.after(fault.afterMs ?? 0, resolve));
    throw new ChatError("The platform did not answer; whether it did this is not known.", { code: "outcome_unknown" });
  }

  return {
    async run({ kind, target, act }) {
      const place = chatPlaceOf(target);
      const code = trouble.get(place) ?? trouble.get("*");
      if (code) throw new ChatError(`${platform} does not let Parley do this (${code}).`, { code });
      checkLimit(kind, place);
      const fault = planned(kind, target);
      if (fault?.kind === "limited") throw limit(kind, place, fault);
      if (fault?.kind === "refused") throw new ChatError("The platform refused.", { code: fault.code });
      if (fault?.kind === "lost") return lose(fault, act);
      if (fault?.kind === "slow") await new Promise<void>((resolve) => clock.after(fault.afterMs, resolve));
      return act();
    },
    planFaults(plan) {
      planned = plan;
    },
    set(code, channel) {
      if (code) trouble.set(channel, code);
      else trouble.delete(channel);
    },
  };
}
