import type { Chat, ChatTarget } from "../../../ports/chat.js";
import type { ChatError } from "../../../ports/chat-error.js";
import type { Clock } from "../../../ports/clock.js";
import type { Limits } from "../../../ports/limits.js";

export type PacedCall = "post" | "edit" | "find";

/** When calls to a platform may be made: its own pace, and what it answered. Each answer is milliseconds to wait; 0: now, and it counts. */
export interface Pacing {
  post(target: ChatTarget): Promise<number>;
  /** `live`: lines that only say how things are leave room for those that say what was decided. */
  edit(target: ChatTarget, urgency: "live" | "decision"): Promise<number>;
  find(target: ChatTarget): number;
  /** The platform said to come back later. Gives the wait. */
  limited(call: PacedCall, target: ChatTarget, error: ChatError): Promise<number>;
}

/** What the platform said of coming back later, kept over restarts: what is limited, and until when (Unix ms). */
export interface KnownLimits {
  known(): Readonly<Record<string, number>>;
  note(what: string, untilMs: number): Promise<void>;
}

const minuteMs = 60_000;
/** Of the edits of a minute, what live lines may take. */
const liveShare = 0.75;
const defaultRetryMs = 1_000;

export function createPacing(options: { chat: Chat; limits: Limits; clock: Clock; knownLimits: KnownLimits }): Pacing {
  const { chat, limits, clock, knownLimits } = options;
  const { platform, supports } = chat;

  function blockedMs(...keys: string[]): number {
    const known = knownLimits.known();
    let waitMs = 0;
    for (const key of keys) waitMs = Math.max(waitMs, (known[key] ?? 0) - clock.nowMs());
    return waitMs;
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
    // Platforms count looking posts up and reading history together: both read threads.
    find: (target) => blockedMs("find/*", `find/${placeOf(target)}`, "history"),
    async limited(call, target, { retryAfterMs = defaultRetryMs, scope }) {
      const what = `${call}/${scope === "platform" ? "*" : placeOf(target)}`;
      await knownLimits.note(what, clock.nowMs() + retryAfterMs);
      return Math.max(1, retryAfterMs);
    },
  };
}

function placeOf(target: ChatTarget): string {
  return target.kind === "person" ? `@${target.userId}` : target.channel;
}
