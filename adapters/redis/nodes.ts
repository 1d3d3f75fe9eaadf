import type { Redis } from "ioredis";
import { z } from "zod";
import { isCountLogged } from "../../src/core/values/fleet-message.js";
import type { Broadcast } from "../../src/ports/broadcast.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Health } from "../../src/ports/health.js";
import type { Logger } from "../../src/ports/logger.js";
import type { NodeInfo, Nodes } from "../../src/ports/nodes.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Breaker } from "./breaker.js";

const beatMs = 2_000;
const lifetimeMs = 8_000;
/** Topic of the hint that the others should look now. */
const changedTopic = "nodes-changed";
/** A start waits this long for an earlier life of its name to be known as dead. */
const waitForNameMs = 10_000;

/**
 * Keeps the sorted set of nodes (score: until when, by Redis' clock) and their words, and answers who is there. A name that another
 * life holds is not taken: the answer then begins with "taken".
 */
const beatScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('ZREM', KEYS[1], name)
  redis.call('HDEL', KEYS[2], name)
  redis.call('HDEL', KEYS[3], name)
end
local boot = redis.call('HGET', KEYS[3], ARGV[1])
if boot and boot ~= ARGV[2] and ARGV[5] == '0' then return {'taken', redis.call('HGET', KEYS[2], ARGV[1])} end
redis.call('ZADD', KEYS[1], now + ARGV[4], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
return redis.call('HVALS', KEYS[2])`;

const leaveScript = `
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1`;

/** The record a process stores of itself; unknown members are dropped. */
const nodeInfo = z.object({
  name: z.string(),
  runtimes: z.array(z.string()).readonly(),
  format: z.number().exactOptional(),
  url: z.string().exactOptional(),
});
const storedInfo = nodeInfo.extend({ host: z.string(), pid: z.number() });
type StoredInfo = z.infer<typeof storedInfo>;

export function createRedisNodes(options: {
  commands: Redis;
  breaker: Breaker;
  /** Tells the others that something changed, so that they need not wait for their next beat. */
  broadcast: Broadcast;
  prefix: string;
  info: NodeInfo;
  /** Asked for at each beat: it is known only once this process listens. */
  url?: (() => string | undefined) | undefined;
  instance: string;
  /** This machine and process, so that an earlier life on the same machine is known as dead at once. */
  process: { host: string; pid: number };
  clock: Clock;
  logger: Logger;
}): Nodes {
  const { commands, breaker, broadcast, prefix, instance, clock, logger } = options;
  const info: StoredInfo = { ...options.info, ...options.process };
  const said = () => JSON.stringify({ ...info, url: options.url?.() });
  const keys = [`${prefix}:nodes`, `${prefix}:nodes:info`, `${prefix}:nodes:boot`];
  const listeners = new Set<(node: string) => void>();
  let present: readonly NodeInfo[] | undefined;
  let known: readonly NodeInfo[] = [];
  let unreadable = 0;
  let isDoubled = false;
  let isStopped = false;
  let cancelBeat = () => {};

  /** False: another process has this name. */
  async function beat({ force }: { force: boolean }): Promise<boolean> {
    const words = [info.name, instance, said(), lifetimeMs, force ? 1 : 0];
    const answer = (await breaker.run(() => commands.eval(beatScript, 3, ...keys, ...words))) as string[];
    if (answer[0] === "taken") {
      const other = storedInfo.safeParse(parseJson(answer[1] ?? "")).data;
      return other && isDead(other, options.process) ? beat({ force: true }) : false;
    }
    note(answer.flatMap(readNode));
    return true;
  }

  /** A process whose words cannot be read is passed over. */
  function readNode(text: string): NodeInfo[] {
    const { data } = nodeInfo.safeParse(parseJson(text));
    if (data) return [data];
    if (isCountLogged(++unreadable))
      logger.warn({ unreadable }, "what a process stored of itself in Redis is not readable");
    return [];
  }

  function note(now: readonly NodeInfo[]): void {
    const names = new Set(now.map(({ name }) => name));
    const gone = known.filter(({ name }) => !names.has(name));
    present = now;
    known = now;
    for (const { name } of gone) {
      logger.warn({ node: name }, "a process of this fleet is gone; its agents wait for it, others go on");
      for (const tell of listeners) tell(name);
    }
  }

  async function beatNow(): Promise<void> {
    if (isStopped) return;
    try {
      const isMine = await beat({ force: false });
      if (isDoubled !== !isMine && !isMine)
        logger.error({ node: info.name }, "another process has this node's name; give each its own PARLEY_NODE_NAME");
      isDoubled = !isMine;
    } catch {
      present = undefined;
    }
  }

  async function beatAlways(): Promise<void> {
    await beatNow();
    if (!isStopped) cancelBeat = clock.after(beatMs, () => void beatAlways());
  }

  const tellOthers = () => broadcast.publish(changedTopic, { from: instance });

  /** Another process came, went, or says something else of itself. */
  function hear(message: unknown): void {
    if ((message as { from?: unknown } | null)?.from !== instance) void beatNow();
  }

  return {
    async join() {
      await takeName(() => beat({ force: false }), { name: info.name, clock });
      cancelBeat = clock.after(beatMs, () => void beatAlways());
      const endHearing = broadcast.subscribe(changedTopic, hear);
      tellOthers();
      return async () => {
        isStopped = true;
        cancelBeat();
        endHearing();
        await breaker.run(() => commands.eval(leaveScript, 3, ...keys, info.name, instance)).catch(() => {});
        tellOthers();
      };
    },
    async announce() {
      await beatNow();
      tellOthers();
    },
    present: () => present,
    onGone(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    check: async () => healthOf({ name: info.name, isDoubled, present: breaker.isOpen ? undefined : present }),
  };
}

/** `beat`: false if another process has the name. Without an answer of Redis the name is taken to be free. */
async function takeName(beat: () => Promise<boolean>, { name, clock }: { name: string; clock: Clock }): Promise<void> {
  const giveUpMs = clock.monotonicMs() + waitForNameMs;
  for (;;) {
    const isMine = await beat().catch(() => undefined);
    if (isMine !== false) return;
    if (clock.monotonicMs() > giveUpMs) break;
    await new Promise<void>((resolve) => clock.after(200, resolve));
  }
  throw new PortError(
    `a process named ${name} is in this fleet already. Set PARLEY_NODE_NAME to another name, one for each process.`,
    { code: "in-use", retryable: false },
  );
}

/** `present`: undefined while Redis does not answer. */
function healthOf(state: { name: string; isDoubled: boolean; present: readonly NodeInfo[] | undefined }): Health {
  if (state.isDoubled) return { ok: false, detail: `another process has this node's name, ${state.name}` };
  if (!state.present) return { ok: false, detail: "Redis does not answer: nobody can say which processes are there" };
  const names = state.present.map(({ name }) => name);
  return { ok: true, detail: names.sort().join(", ") };
}

/** Undefined: not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An earlier life on this machine whose process has ended. In a container every life has the same process id. */
function isDead(other: StoredInfo, self: { host: string; pid: number }): boolean {
  if (other.host !== self.host) return false;
  if (other.pid === self.pid) return true;
  try {
    process.kill(other.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
