import type { Redis } from "ioredis";
import type { Limits } from "../../src/ports/limits.js";
import type { Breaker } from "./breaker.js";

/** A sliding window by Redis' own clock. Answers 0 when one was taken, else milliseconds until one is free. */
const takeScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local taken = redis.call('ZCARD', KEYS[1])
if taken >= limit then
  local oldest = redis.call('ZRANGE', KEYS[1], taken - limit, taken - limit, 'WITHSCORES')
  return math.max(1, (tonumber(oldest[2]) or now) + window - now)
end
if ARGV[3] == '0' then
  redis.call('ZADD', KEYS[1], now, ARGV[4])
  redis.call('PEXPIRE', KEYS[1], window)
end
return 0`;

/** Counts that all processes share; while Redis is away each has its own, in `own`. */
export function createRedisLimits(options: {
  commands: Redis;
  breaker: Breaker;
  prefix: string;
  /** Makes entries unique to this life of this process. */
  instance: string;
  own: Limits;
}): Limits {
  const { commands, breaker, prefix, instance, own } = options;
  let taken = 0;

  return {
    async take(key, { limit, windowMs, peek = false }) {
      taken += 1;
      const words = [limit, windowMs, peek ? 1 : 0, `${instance}/${taken}`];
      try {
        const waitMs = await breaker.run(() => commands.eval(takeScript, 1, `${prefix}:limit:${key}`, ...words));
        return waitMs === 0 ? { ok: true } : { ok: false, retryAfterMs: Number(waitMs) };
      } catch {
        return own.take(key, { limit, windowMs, peek });
      }
    },
  };
}
