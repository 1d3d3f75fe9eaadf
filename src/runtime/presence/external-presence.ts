import { callerName } from "../../core/values/external-runtime.js";
import type { Clock } from "../../ports/clock.js";
import type { PeopleOnline } from "./people-online.js";

/** Which external agents are there, shown beside people by every process of a fleet. */
export interface ExternalPresence {
  /** It waits for its messages from now until the result is called. `keepsComing`: it is counted a little longer, until it waits again. */
  attend(agent: ExternalAgentName, how: { keepsComing: boolean }): () => void;
  /** It called and did not wait: it hears when it calls again. */
  called(agent: ExternalAgentName): void;
  stop(): void;
}

/** An agent by its room and its name there. */
export interface ExternalAgentName {
  roomId: string;
  name: string;
}

/** A program that takes its messages again within this time never went away. */
const betweenTakesMs = 15_000;
/** A session that called within this time is expected to call again. */
const betweenCallsMs = 15 * 60_000;

/** Presence of external agents, kept among the people who are online. */
export function createExternalPresence({
  people,
  clock,
}: {
  people: Pick<PeopleOnline, "came" | "went">;
  clock: Clock;
}): ExternalPresence {
  const cancels = new Map<string, () => void>();

  /** Counted once for as long as it keeps coming within `forMs`. */
  function keep(key: string, went: () => void, forMs: number): boolean {
    const before = cancels.get(key);
    before?.();
    const cancel = clock.after(forMs, () => {
      cancels.delete(key);
      went();
    });
    cancels.set(key, cancel);
    return before !== undefined;
  }

  return {
    attend({ roomId, name }, { keepsComing }) {
      people.came(roomId, name);
      let isThere = true;
      return () => {
        if (!isThere) return;
        isThere = false;
        if (!keepsComing) return people.went(roomId, name);
        const isKept = keep(`${roomId}/${name}`, () => people.went(roomId, name), betweenTakesMs);
        // The take before this one is still counted.
        if (isKept) people.went(roomId, name);
      };
    },
    called({ roomId, name }) {
      const caller = callerName(name);
      if (!keep(`${roomId}/${caller}`, () => people.went(roomId, caller), betweenCallsMs)) people.came(roomId, caller);
    },
    stop() {
      for (const cancel of cancels.values()) cancel();
      cancels.clear();
    },
  };
}
