import type { Clock } from "../../src/ports/clock.js";
import type { Tickets } from "../../src/ports/tickets.js";

/** Tickets of this process; a restart ends them. */
export function createMemoryTickets({ clock }: { clock: Clock }): Tickets {
  const kept = new Map<string, { json: string; untilMs: number }>();

  function dropExpired(): void {
    for (const [key, { untilMs }] of kept) if (untilMs <= clock.monotonicMs()) kept.delete(key);
  }

  return {
    async put(key, value, { lifetimeMs }) {
      dropExpired();
      kept.set(key, { json: JSON.stringify(value), untilMs: clock.monotonicMs() + lifetimeMs });
    },
    async take(key) {
      dropExpired();
      const found = kept.get(key);
      kept.delete(key);
      return found && (JSON.parse(found.json) as object);
    },
  };
}
