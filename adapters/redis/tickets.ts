import type { Redis } from "ioredis";
import type { Tickets } from "../../src/ports/tickets.js";
import type { Breaker } from "./breaker.js";

/** Tickets that any process can redeem. Tickets issued while Redis was down are in `own`, and work in the process that issued them. */
export function createRedisTickets(options: {
  commands: Redis;
  breaker: Breaker;
  prefix: string;
  own: Tickets;
}): Tickets {
  const { commands, breaker, prefix, own } = options;
  const keyOf = (key: string) => `${prefix}:ticket:${key}`;

  return {
    async put(key, value, { lifetimeMs }) {
      try {
        await breaker.run(() => commands.set(keyOf(key), JSON.stringify(value), "PX", lifetimeMs));
      } catch {
        await own.put(key, value, { lifetimeMs });
      }
    },
    async take(key) {
      const mine = await own.take(key);
      if (mine) return mine;
      const text = await breaker.run(() => commands.getdel(keyOf(key))).catch(() => null);
      return text === null ? undefined : (JSON.parse(text) as object);
    },
  };
}
