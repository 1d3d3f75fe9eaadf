import type { Redis } from "ioredis";
import type { Clock } from "../../src/ports/clock.js";
import type { Lease, Leases } from "../../src/ports/leases.js";
import type { Breaker } from "./breaker.js";

const lifetimeMs = 10_000;
/** The holder stops this long before others may begin. */
const marginMs = 2_000;

/** Answers whose it is now, and 1 where the asker had it already. */
const takeScript = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return {holder, 0} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {ARGV[1], holder and 1 or 0}`;

const releaseScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

interface Held {
  lease: Lease;
  untilMs: number;
}

/** Leases as keys that run out. Whose it is says name and boot of a node: another life of a node is another holder. */
export function createRedisLeases(options: {
  commands: Redis;
  breaker: Breaker;
  prefix: string;
  node: string;
  boot: string;
  clock: Clock;
}): Leases {
  const { commands, breaker, prefix, node, boot, clock } = options;
  const me = `${node}/${boot}`;
  const held = new Map<string, Held>();
  const keyOf = (name: string) => `${prefix}:lease:${name}`;
  const isValid = (known: Held | undefined) => known !== undefined && known.untilMs > clock.monotonicMs();

  function leaseOf(name: string): Lease {
    const lease: Lease = {
      isHeld: () => held.get(name)?.lease === lease && isValid(held.get(name)),
      release: () => release(name, lease),
    };
    return lease;
  }

  async function release(name: string, lease: Lease): Promise<void> {
    if (held.get(name)?.lease !== lease) return;
    held.delete(name);
    await breaker.run(() => commands.eval(releaseScript, 1, keyOf(name), me)).catch(() => {});
  }

  return {
    async take(name) {
      const askedMs = clock.monotonicMs();
      const before = held.get(name);
      try {
        const answer = await breaker.run(() => commands.eval(takeScript, 1, keyOf(name), me, lifetimeMs));
        const [holder, hadIt] = answer as [string, number];
        if (holder !== me) {
          held.delete(name);
          return { kind: "elsewhere", node: holder.slice(0, holder.lastIndexOf("/")) };
        }
        const isUnbroken = before !== undefined && hadIt === 1 && held.get(name)?.lease === before.lease;
        const lease = isUnbroken ? before.lease : leaseOf(name);
        held.set(name, { lease, untilMs: askedMs + lifetimeMs - marginMs });
        return { kind: "held", lease };
      } catch {
        return before && isValid(before) ? { kind: "held", lease: before.lease } : { kind: "unknown" };
      }
    },
  };
}
