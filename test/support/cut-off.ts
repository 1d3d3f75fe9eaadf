import type { EventLog } from "../../src/ports/event-log.js";
import type { Snapshots } from "../../src/ports/snapshots.js";

/** A port whose calls never come back once its process is dead. */
export function cutOff<Port extends EventLog | Snapshots>(port: Port, isAlive: () => boolean): Port {
  return new Proxy(port, {
    get(target, key) {
      const method = Reflect.get(target, key) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        if (!isAlive()) return new Promise(() => {});
        const result = await method.apply(target, args);
        return isAlive() ? result : new Promise(() => {});
      };
    },
  });
}
