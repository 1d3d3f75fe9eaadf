import type { Redis } from "ioredis";
import { z } from "zod";
import type { ReservationRequest } from "../../src/core/values/reservations.js";
import type { Reservations } from "../../src/ports/reservations.js";
import type { Breaker } from "./breaker.js";

/** A reservation of a process that died ends by itself after this. A call that takes longer is not counted from then on. */
const lifetimeMs = 3_600_000;

/**
 * Each account is a hash from id to `usd tokens expiry`. ARGV: lifetime, id, usd, tokens, then the remainder of each account, `-` for no limit.
 * Returns the reservations of others on each account as text, or an empty list if one is full. An earlier attempt of the same id, whose answer was
 * lost, does not count.
 */
const reserveScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = {}
for _, key in ipairs(KEYS) do redis.call('HDEL', key, ARGV[2]) end
for index, key in ipairs(KEYS) do
  local usd, tokens = 0, 0
  local all = redis.call('HGETALL', key)
  for at = 1, #all, 2 do
    local u, t, expiry = string.match(all[at + 1], '^(%S+) (%S+) (%S+)$')
    if tonumber(expiry) <= now then redis.call('HDEL', key, all[at])
    else usd = usd + tonumber(u); tokens = tokens + tonumber(t) end
  end
  local leftUsd, leftTokens = ARGV[3 + 2 * index], ARGV[4 + 2 * index]
  if leftUsd ~= '-' and usd >= tonumber(leftUsd) then return {} end
  if leftTokens ~= '-' and tokens >= tonumber(leftTokens) then return {} end
  before[2 * index - 1] = tostring(usd)
  before[2 * index] = tostring(tokens)
end
for _, key in ipairs(KEYS) do
  redis.call('HSET', key, ARGV[2], ARGV[3] .. ' ' .. ARGV[4] .. ' ' .. string.format('%d', now + tonumber(ARGV[1])))
  redis.call('PEXPIRE', key, ARGV[1])
end
return before`;

const releaseScript = "for _, key in ipairs(KEYS) do redis.call('HDEL', key, ARGV[1]) end return 1";

const answerSchema = z.array(z.string());

/**
 * Reservations that all processes share. `own` knows those of this process as well: while Redis is down each process uses its own and has a share of
 * the remainder.
 */
export function createRedisReservations(options: {
  commands: Redis;
  breaker: Breaker;
  prefix: string;
  own: Reservations;
}): Reservations {
  const { commands, breaker, prefix, own } = options;
  const keysOf = new Map<string, readonly string[]>();
  /** Ended here, but perhaps still in Redis, which was down. */
  const unended = new Map<string, readonly string[]>();

  async function reserveInRedis({ id, amount, accounts }: ReservationRequest): Promise<string[] | undefined> {
    const keys = accounts.map(({ account }) => `${prefix}:reserved:${account}`);
    const left = accounts.flatMap(({ usd, tokens }) => [usd ?? "-", tokens ?? "-"].map(String));
    const words = [String(lifetimeMs), id, String(amount.usd), String(amount.tokens), ...left];
    keysOf.set(id, keys);
    unended.delete(id);
    try {
      const answer = await breaker.run(() => commands.eval(reserveScript, keys.length, ...keys, ...words));
      endRest();
      return answerSchema.parse(answer);
    } catch {
      return undefined;
    }
  }

  async function endInRedis(id: string): Promise<void> {
    const keys = keysOf.get(id) ?? unended.get(id);
    keysOf.delete(id);
    unended.delete(id);
    if (!keys) return;
    try {
      await breaker.run(() => commands.eval(releaseScript, keys.length, ...keys, id));
    } catch (error) {
      if (!keysOf.has(id)) unended.set(id, keys);
      throw error;
    }
  }

  /** Redis answers again. */
  function endRest(): void {
    for (const id of [...unended.keys()]) endInRedis(id).catch(() => undefined);
  }

  return {
    async reserve(request) {
      const { id, accounts } = request;
      if (accounts.length === 0) return [];
      const answer = await reserveInRedis(request);
      if (!answer) {
        const before = await own.reserve(request);
        // Redis may have it, or get it yet.
        if (!before) await endInRedis(id).catch(() => undefined);
        return before;
      }
      if (answer.length === 0) {
        keysOf.delete(id);
        return undefined;
      }
      await own.reserve({ ...request, accounts: accounts.map(({ account }) => ({ account })) });
      return accounts.map((_, index) => ({ usd: Number(answer[2 * index]), tokens: Number(answer[2 * index + 1]) }));
    },
    async release(id) {
      await own.release(id);
      await endInRedis(id);
    },
  };
}
