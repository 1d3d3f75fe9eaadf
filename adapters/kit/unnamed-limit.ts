import type { Clock } from "../../src/ports/clock.js";

/**
 * Rate limits that name no time. The first waits 30 s, each next one twice as long, at most 5 min, and holds for the whole
 * platform: calls against a closed door count as invalid, and Discord bans an address after 10,000 of them in 10 minutes
 * (https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans).
 */
export interface UnnamedLimit {
  /** Milliseconds to wait before the next call; 0: it may go out. */
  waitMs(): number;
  /** A call was rate limited without a time; returns how long to wait, milliseconds. */
  refused(): number;
  /** A call was not refused. */
  passed(): void;
  /** A sentence for health while the limit holds. */
  problem(): string | undefined;
}

/** How often it was refused in a row, and until when the last refusal holds, monotonic ms. */
interface Refusals {
  readonly count: number;
  readonly untilMs: number;
}

const firstMs = 30_000;
const longestMs = 5 * 60_000;
const none: Refusals = { count: 0, untilMs: Number.NEGATIVE_INFINITY };

function refuse({ count, untilMs }: Refusals, nowMs: number): Refusals {
  // Calls that went out together are refused together; they count once.
  if (nowMs < untilMs) return { count, untilMs };
  return { count: count + 1, untilMs: nowMs + Math.min(longestMs, firstMs * 2 ** Math.min(count, 10)) };
}

/** `platform`: the platform's name for people, such as `Discord`. */
export function createUnnamedLimit({ platform, clock }: { platform: string; clock: Clock }): UnnamedLimit {
  let refusals = none;
  const waitMs = (): number => Math.max(0, refusals.untilMs - clock.monotonicMs());
  return {
    waitMs,
    refused() {
      refusals = refuse(refusals, clock.monotonicMs());
      return waitMs();
    },
    passed() {
      if (waitMs() === 0) refusals = none;
    },
    problem() {
      const seconds = Math.ceil(waitMs() / 1_000);
      if (seconds === 0) return undefined;
      return `${platform} refuses calls and names no time to wait. Parley calls again in ${seconds} s.`;
    },
  };
}
