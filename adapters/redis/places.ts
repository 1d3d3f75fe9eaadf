import type { Redis } from "ioredis";
import type { Clock } from "../../src/ports/clock.js";
import type { SharedPlaces } from "../../src/ports/shared-places.js";
import { createPlaceCounts } from "../kit/place-counts.js";
import type { Breaker } from "./breaker.js";

/** What a process told of a key is forgotten after this. */
const lifetimeMs = 30_000;
/** A process tells of its places so often. */
const renewMs = 10_000;
/** Keys of one script when all are told of. */
const keysPerRenewal = 500;

/**
 * Each key is a hash from the instance of a process to `count expiry`. A process tells its own count, never a difference, so that a lost answer is
 * mended by the next one. ARGV: instance, lifetime, then for each key the count of this process with the new place, and the limit. Returns the
 * position of the first full key, or 0 once all counts are told.
 */
const takeScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for index, key in ipairs(KEYS) do
  local sum = tonumber(ARGV[1 + 2 * index])
  local all = redis.call('HGETALL', key)
  for at = 1, #all, 2 do
    if all[at] ~= ARGV[1] then
      local count, expiry = string.match(all[at + 1], '^(%S+) (%S+)$')
      if tonumber(expiry) <= now then redis.call('HDEL', key, all[at]) else sum = sum + tonumber(count) end
    end
  end
  if sum > tonumber(ARGV[2 + 2 * index]) then return index end
end
for index, key in ipairs(KEYS) do
  redis.call('HSET', key, ARGV[1], ARGV[1 + 2 * index] .. ' ' .. string.format('%d', now + tonumber(ARGV[2])))
  redis.call('PEXPIRE', key, ARGV[2])
end
return 0`;

/** ARGV: instance, lifetime, then the count of this process for each key. */
const tellScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for index, key in ipairs(KEYS) do
  local count = ARGV[2 + index]
  if count == '0' then redis.call('HDEL', key, ARGV[1])
  else
    redis.call('HSET', key, ARGV[1], count .. ' ' .. string.format('%d', now + tonumber(ARGV[2])))
    redis.call('PEXPIRE', key, ARGV[2])
  end
end
return 0`;

/** Places that all processes share. While Redis is away each process counts its own against the whole limit. */
export function createRedisPlaces(options: {
  commands: Redis;
  breaker: Breaker;
  prefix: string;
  /** Tells the processes apart, and this life of one from the one before. */
  instance: string;
  clock: Clock;
}): SharedPlaces {
  const { commands, breaker, prefix, instance, clock } = options;
  const own = createPlaceCounts();
  const words = [instance, String(lifetimeMs)];
  const named = (keys: readonly string[]) => keys.map((key) => `${prefix}:places:${key}`);
  let isRenewing = false;

  /** Rejections are no news: the next renewal tells again. */
  async function tell(keys: readonly string[]): Promise<void> {
    const counts = keys.map((key) => String(own.of(key)));
    await breaker
      .run(() => commands.eval(tellScript, keys.length, ...named(keys), ...words, ...counts))
      .catch(() => undefined);
  }

  function renewLater(): void {
    if (isRenewing) return;
    isRenewing = true;
    clock.after(renewMs, async () => {
      const keys = own.keys();
      for (let at = 0; at < keys.length; at += keysPerRenewal) await tell(keys.slice(at, at + keysPerRenewal));
      isRenewing = false;
      if (own.keys().length > 0) renewLater();
    });
  }

  return {
    async take(wanted) {
      const full = own.fullKey(wanted);
      if (full !== undefined || wanted.length === 0) return full;
      const keys = wanted.map(({ key }) => key);
      own.change(keys, 1);
      renewLater();
      const counts = wanted.flatMap(({ key, limit }) => [String(own.of(key)), String(limit)]);
      const at = await breaker
        .run(() => commands.eval(takeScript, keys.length, ...named(keys), ...words, ...counts))
        .catch(() => 0);
      const refused = wanted[Number(at) - 1]?.key;
      if (refused !== undefined) own.change(keys, -1);
      return refused;
    },
    async giveBack(keys) {
      if (keys.length === 0) return;
      own.change(keys, -1);
      await tell(keys);
    },
  };
}
