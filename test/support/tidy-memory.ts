import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Has memory tidied again and again while the work goes on, as happens in any process that runs for long. What only a weak
 * reference holds is gone then: Node 20 loses deadlines and interruptions of `fetch` that way.
 */
export async function whileTidying<T>(work: () => Promise<T>): Promise<T> {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const tidying = setInterval(collectGarbage, 50);
  try {
    return await work();
  } finally {
    clearInterval(tidying);
  }
}
