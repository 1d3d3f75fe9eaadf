import type { Settings } from "./settings.js";

export type Tier = 1 | 2 | 3 | 4 | "post" | "none";

export interface RateCall {
  readonly method: string;
  readonly tier: Tier;
  /** The channel a `post` goes to. */
  readonly channel?: string;
  readonly nowMs: number;
}

export type RateVerdict =
  | { readonly allowed: true }
  /** `early`: the caller had been told to wait and did not. */
  | { readonly allowed: false; readonly retryAfterS: number; readonly early: boolean };

export interface RateLimits {
  take(call: RateCall): RateVerdict;
  /** Refuses this call's bucket for this many of the platform's seconds, as a 429 on command does. */
  block(call: RateCall, retryAfterS: number): void;
}

interface Block {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/**
 * Slack's limits: methods by tier in a sliding window, messages by channel in a token bucket. Pure but for
 * its own memory: time comes in with the call. Retry-After counts the platform's seconds, which pass
 * `timeScale` times faster than real ones.
 */
export function createRateLimits(settings: Settings): RateLimits {
  const windows = new Map<string, number[]>();
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  const blocks = new Map<string, Block>();
  const real = (platformMs: number): number => platformMs / settings.timeScale;

  const bucketWaitMs = (key: string, nowMs: number): number => {
    const intervalMs = real(settings.postIntervalMs);
    const before = buckets.get(key) ?? { tokens: settings.postBurst, atMs: nowMs };
    const tokens = Math.min(settings.postBurst, before.tokens + (nowMs - before.atMs) / intervalMs);
    const enough = tokens >= 1 - 1e-9;
    buckets.set(key, { tokens: enough ? tokens - 1 : tokens, atMs: nowMs });
    return enough ? 0 : (1 - tokens) * intervalMs;
  };

  const windowWaitMs = (key: string, allowed: number, nowMs: number): number => {
    const windowMs = real(settings.tierWindowMs);
    const calls = (windows.get(key) ?? []).filter((atMs) => atMs > nowMs - windowMs);
    windows.set(key, calls);
    if (calls.length >= allowed) return (calls[0] ?? nowMs) + windowMs - nowMs;
    calls.push(nowMs);
    return 0;
  };

  const waitMs = (key: string, call: RateCall): number => {
    if (call.tier === "none") return 0;
    if (call.tier === "post") return bucketWaitMs(key, call.nowMs);
    return windowWaitMs(key, settings.tierCalls[call.tier], call.nowMs);
  };

  const block = (call: RateCall, retryAfterS: number): void => {
    blocks.set(keyOf(call), { sinceMs: call.nowMs, untilMs: call.nowMs + real(retryAfterS * 1000) });
  };

  return {
    block,
    take: (call) => {
      const key = keyOf(call);
      const blocked = blocks.get(key);
      if (blocked !== undefined && call.nowMs < blocked.untilMs) {
        const retryAfterS = wholeSeconds((blocked.untilMs - call.nowMs) * settings.timeScale);
        return { allowed: false, retryAfterS, early: call.nowMs > blocked.sinceMs + settings.inFlightGraceMs };
      }
      const wait = waitMs(key, call);
      if (wait <= 0) return { allowed: true };
      const retryAfterS = wholeSeconds(wait * settings.timeScale);
      block(call, retryAfterS);
      return { allowed: false, retryAfterS, early: false };
    },
  };
}

const keyOf = (call: RateCall): string => (call.tier === "post" ? `post:${call.channel ?? ""}` : call.method);

const wholeSeconds = (platformMs: number): number => Math.max(1, Math.ceil(platformMs / 1000 - 1e-6));
