import { garbageCollector } from "./collect-garbage.js";

/**
 * Runs the garbage collector repeatedly during the work, as happens in any process that runs for long. Objects held only by a weak reference are gone
 * then: Node 20 loses deadlines and interruptions of `fetch` that way.
 */
export async function whileTidying<T>(work: () => Promise<T>): Promise<T> {
  const tidying = setInterval(garbageCollector(), 50);
  try {
    return await work();
  } finally {
    clearInterval(tidying);
  }
}
