import type { Redis } from "ioredis";
import type { Broadcast } from "../../src/ports/broadcast.js";
import type { Breaker } from "./breaker.js";

/** Pub/sub. ioredis subscribes to its topics again after a reconnect. */
export function createRedisBroadcast(options: {
  commands: Redis;
  listener: Redis;
  breaker: Breaker;
  prefix: string;
}): Broadcast {
  const { commands, listener, breaker, prefix } = options;
  const heard = new Map<string, Set<(message: unknown) => void>>();
  const channelOf = (topic: string) => `${prefix}:say:${topic}`;

  listener.on("message", (channel, text) => {
    const listeners = heard.get(channel);
    if (!listeners) return;
    const message = parsed(text);
    if (message !== undefined) for (const tell of [...listeners]) tell(message);
  });

  return {
    publish(topic, message) {
      if (commands.status !== "ready") return;
      breaker.run(() => commands.publish(channelOf(topic), JSON.stringify(message))).catch(() => {});
    },
    subscribe(topic, tell) {
      const channel = channelOf(topic);
      const listeners = heard.get(channel) ?? new Set();
      if (listeners.size === 0) {
        heard.set(channel, listeners);
        listener.subscribe(channel).catch(() => {});
      }
      listeners.add(tell);
      return () => {
        if (!listeners.delete(tell) || listeners.size > 0) return;
        heard.delete(channel);
        listener.unsubscribe(channel).catch(() => {});
      };
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
