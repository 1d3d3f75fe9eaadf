import type { Chat, ChatTarget } from "../../ports/chat.js";
import type { ChatError } from "../../ports/chat-error.js";
import type { Clock } from "../../ports/clock.js";
import type { Limits } from "../../ports/limits.js";

/** When calls to a platform may be made: its own pace, and what it answered. Each answer is milliseconds to wait; 0: now, and it counts. */
export interface Pacing {
  post(target: ChatTarget): Promise<number>;
  /** `live`: lines that only say how things are leave room for those that say what was decided. */
  edit(target: ChatTarget, urgency: "live" | "decision"): Promise<number>;
  /** The platform said to come back later. Gives the wait. */
  limited(call: "post" | "edit", target: ChatTarget, error: ChatError): number;
  /** No post before, Unix ms: what an earlier life of this process was told. */
  postsLimitedUntil(target: ChatTarget, untilMs: number): void;
}

const minuteMs = 60_000;
/** Of the edits of a minute, what live lines may take. */
const liveShare = 0.75;
const defaultRetryMs = 1_000;

export function createPacing({ chat, limits, clock }: { chat: Chat; limits: Limits; clock: Clock }): Pacing {
  const { platform, supports } = chat;
  /** By what is limited; Unix ms. */
  const blocked = new Map<string, number>();

  function blockedMs(...keys: string[]): number {
    let waitMs = 0;
    for (const key of keys) waitMs = Math.max(waitMs, (blocked.get(key) ?? 0) - clock.nowMs());
    return waitMs;
  }

  function block(key: string, untilMs: number): void {
    blocked.set(key, Math.max(untilMs, blocked.get(key) ?? 0));
    for (const [old, endsMs] of blocked) if (endsMs <= clock.nowMs()) blocked.delete(old);
  }

  async function take(key: string, limit: number, windowMs: number): Promise<number> {
    const taken = await limits.take(`chat/${platform}/${key}`, { limit, windowMs });
    return taken.ok ? 0 : taken.retryAfterMs;
  }

  return {
    async post(target) {
      const place = placeOf(target);
      const waitMs = blockedMs("post/*", `post/${place}`);
      if (waitMs > 0) return waitMs;
      const { postBurst, postIntervalMs } = supports;
      return take(`post/${place}`, postBurst, postBurst * postIntervalMs);
    },
    async edit(target, urgency) {
      const waitMs = blockedMs("edit/*", `edit/${placeOf(target)}`);
      if (waitMs > 0) return waitMs;
      const all = { limit: supports.editsPerMinute, windowMs: minuteMs };
      if (urgency === "decision") return take("edit", all.limit, all.windowMs);
      const free = await limits.take(`chat/${platform}/edit`, { ...all, peek: true });
      if (!free.ok) return free.retryAfterMs;
      const waitLiveMs = await take("edit-live", 1, minuteMs / (supports.editsPerMinute * liveShare));
      return waitLiveMs > 0 ? waitLiveMs : take("edit", all.limit, all.windowMs);
    },
    limited(call, target, { retryAfterMs = defaultRetryMs, scope }) {
      block(`${call}/${scope === "platform" ? "*" : placeOf(target)}`, clock.nowMs() + retryAfterMs);
      return Math.max(1, retryAfterMs);
    },
    postsLimitedUntil: (target, untilMs) => block(`post/${placeOf(target)}`, untilMs),
  };
}

function placeOf(target: ChatTarget): string {
  return target.kind === "person" ? `@${target.userId}` : target.channel;
}
