import { garbageCollector } from "./collect-garbage.js";

/**
 * Has memory tidied again and again while the work goes on, as happens in any process that runs for long. What only a weak
 * reference holds is gone then: Node 20 loses deadlines and interruptions of `fetch` that way.
 */
export async function whileTidying<T>(work: () => Promise<T>): Promise<T> {
  const tidying = setInterval(garbageCollector(), 50);
  try {
    return await work();
  } finally {
    clearInterval(tidying);
  }
}
