import type { Redis } from "ioredis";
import type { Clock } from "../../src/ports/clock.js";
import type { Lease, LeaseAnswer, Leases } from "../../src/ports/leases.js";
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
  instance: string;
  clock: Clock;
}): Leases {
  const { commands, breaker, prefix, node, instance, clock } = options;
  const me = `${node}/${instance}`;
  const held = new Map<string, Held>();
  /** By name of a lease: the last command about it, for as long as it is under way. */
  const turns = new Map<string, Promise<void>>();
  const keyOf = (name: string) => `${prefix}:lease:${name}`;
  const isValid = (known: Held | undefined) => known !== undefined && known.untilMs > clock.monotonicMs();

  function leaseOf(name: string): Lease {
    const lease: Lease = {
      isHeld: () => held.get(name)?.lease === lease && isValid(held.get(name)),
      release: () => release(name, lease),
    };
    return lease;
  }

  /** Runs commands about one lease one after another, the first at once: each answer is read with the state its command was sent in. */
  async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = turns.get(name);
    let finish = () => {};
    const turn = new Promise<void>((resolve) => {
      finish = resolve;
    });
    turns.set(name, turn);
    try {
      if (before) await before;
      return await work();
    } finally {
      if (turns.get(name) === turn) turns.delete(name);
      finish();
    }
  }

  async function release(name: string, lease: Lease): Promise<void> {
    if (held.get(name)?.lease !== lease) return;
    held.delete(name);
    await inTurn(name, async () => {
      // Taken again meanwhile: the key is the new lease's.
      if (held.has(name)) return;
      await breaker.run(() => commands.eval(releaseScript, 1, keyOf(name), me)).catch(() => {});
    });
  }

  async function take(name: string): Promise<LeaseAnswer> {
    const askedMs = clock.monotonicMs();
    const before = held.get(name);
    // Counted when it was asked: the key of a lease that is valid then outlives the command. That of one that ran out may have been
    // another process's, and have been taken back by a command whose answer was lost.
    const wasValid = isValid(before);
    const wasGivenBack = () => before !== undefined && held.get(name) !== before;
    try {
      const answer = await breaker.run(() => commands.eval(takeScript, 1, keyOf(name), me, lifetimeMs));
      const [holder, hadIt] = answer as [string, number];
      if (holder !== me) {
        held.delete(name);
        return { kind: "elsewhere", node: nodeOf(holder) };
      }
      // A release of the key follows.
      if (wasGivenBack()) return { kind: "unknown" };
      const lease = before && wasValid && hadIt === 1 ? before.lease : leaseOf(name);
      held.set(name, { lease, untilMs: askedMs + lifetimeMs - marginMs });
      return { kind: "held", lease };
    } catch {
      return before && isValid(before) && !wasGivenBack() ? { kind: "held", lease: before.lease } : { kind: "unknown" };
    }
  }

  return {
    take: (name) => inTurn(name, () => take(name)),
    async holder(name) {
      const holder = await breaker.run(() => commands.get(keyOf(name))).catch(() => null);
      return holder === null ? undefined : nodeOf(holder);
    },
  };
}

/** Whose boot a key's value names. */
function nodeOf(holder: string): string {
  return holder.slice(0, holder.lastIndexOf("/"));
}
