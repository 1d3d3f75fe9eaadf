import { setImmediate as nextIteration } from "node:timers/promises";

/** Lets long work go in small steps: at most one step of all that share this runs between two rounds of the event loop. */
export interface TurnTaking {
  next(): Promise<void>;
}

/** One step of long reading each round of the event loop, shared by all who read. */
export function createTurnTaking(): TurnTaking {
  let last: Promise<void> = Promise.resolve();
  return {
    next() {
      last = last.then(() => nextIteration());
      return last;
    },
  };
}
