import type { Chat, ChatTarget } from "../../../ports/chat.js";
import type { ChatError } from "../../../ports/chat-error.js";
import type { Clock } from "../../../ports/clock.js";
import type { Limits } from "../../../ports/limits.js";

/** A call to a platform, by what limits its rate. */
export type PacedCall = "post" | "edit" | "find";

/** Rate control of calls to a platform. Each method returns the milliseconds to wait; 0 means go ahead, and the call is counted. */
export interface Pacing {
  post(target: ChatTarget): Promise<number>;
  /** `live` edits (status lines) leave headroom for `decision` edits. */
  edit(target: ChatTarget, urgency: "live" | "decision"): Promise<number>;
  find(target: ChatTarget): number;
  /** Records a rate limit reported by the platform and returns the wait in milliseconds. */
  limited(call: PacedCall, target: ChatTarget, error: ChatError): Promise<number>;
}

/** Rate limits reported by the platform, kept across restarts: what is limited, and until when (Unix ms). */
export interface KnownLimits {
  known(): Readonly<Record<string, number>>;
  note(what: string, untilMs: number): Promise<void>;
}

const minuteMs = 60_000;
/** Share of the edits per minute that live lines may use. */
const liveShare = 0.75;
const defaultRetryMs = 1_000;

/** Keeps calls to a platform within its rate limits. */
export function createPacing(options: {
  chat: Chat;
  limits: Limits;
  clock: Clock;
  knownLimits: KnownLimits;
  /** Whether another process, such as an earlier one, may have posted there right before this one. Default: no. */
  wasUsed?: (channel: string) => boolean;
}): Pacing {
  const { chat, limits, clock, knownLimits, wasUsed = () => false } = options;
  const { platform, supports } = chat;
  const startedAtMs = clock.monotonicMs();

  /** After a start the burst of a channel counts as used: the limits of this process know nothing of the one before. */
  async function afterStart(place: string): Promise<number> {
    const { postBurst, postIntervalMs } = supports;
    const sinceMs = clock.monotonicMs() - startedAtMs;
    if (sinceMs >= postBurst * postIntervalMs || !wasUsed(place)) return 0;
    return sinceMs < postIntervalMs ? postIntervalMs - sinceMs : takePermit(`start/${place}`, 1, postIntervalMs);
  }

  function blockedMs(...keys: string[]): number {
    const known = knownLimits.known();
    let waitMs = 0;
    for (const key of keys) waitMs = Math.max(waitMs, (known[key] ?? 0) - clock.nowMs());
    return waitMs;
  }

  async function takePermit(key: string, limit: number, windowMs: number): Promise<number> {
    const taken = await limits.take(`chat/${platform}/${key}`, { limit, windowMs });
    return taken.ok ? 0 : taken.retryAfterMs;
  }

  return {
    async post(target) {
      const place = placeOf(target);
      const waitMs = blockedMs("post/*", `post/${place}`);
      if (waitMs > 0) return waitMs;
      const startMs = await afterStart(place);
      if (startMs > 0) return startMs;
      const { postBurst, postIntervalMs } = supports;
      return takePermit(`post/${place}`, postBurst, postBurst * postIntervalMs);
    },
    async edit(target, urgency) {
      const waitMs = blockedMs("edit/*", `edit/${placeOf(target)}`);
      if (waitMs > 0) return waitMs;
      const all = { limit: supports.editsPerMinute, windowMs: minuteMs };
      if (urgency === "decision") return takePermit("edit", all.limit, all.windowMs);
      const free = await limits.take(`chat/${platform}/edit`, { ...all, peek: true });
      if (!free.ok) return free.retryAfterMs;
      const waitLiveMs = await takePermit("edit-live", 1, minuteMs / (supports.editsPerMinute * liveShare));
      return waitLiveMs > 0 ? waitLiveMs : takePermit("edit", all.limit, all.windowMs);
    },
    // Platforms count look-ups and history reads together, since both read threads.
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
