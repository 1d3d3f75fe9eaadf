import type { Broadcast } from "../../src/ports/broadcast.js";

/** Between parts of one process, or of a simulated fleet; delivered in the next turn of the event loop. */
export function createMemoryBroadcast(): Broadcast {
  const listeners = new Map<string, Set<(message: unknown) => void>>();

  return {
    publish(topic, message) {
      const text = JSON.stringify(message);
      setImmediate(() => {
        for (const tell of listeners.get(topic) ?? []) tell(JSON.parse(text));
      });
    },
    subscribe(topic, listener) {
      const heard = listeners.get(topic) ?? new Set();
      listeners.set(topic, heard);
      heard.add(listener);
      return () => {
        heard.delete(listener);
        if (heard.size === 0 && listeners.get(topic) === heard) listeners.delete(topic);
      };
    },
  };
}
