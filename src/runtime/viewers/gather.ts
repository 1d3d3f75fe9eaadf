import { setTimeout as pause, setImmediate as yieldToOthers } from "node:timers/promises";

/** Items in one batch, about. */
const maxGathered = 200;

/** The batches of `source`; where `waitMs` is above 0, those that come within it are one. What came before `source` broke comes first. */
export async function* gatherBatches<T>(source: AsyncIterable<T[]>, waitMs: () => number): AsyncGenerator<T[], void> {
  const batches = source[Symbol.asyncIterator]();
  const pullNext = () => {
    const pulled = batches.next();
    // That it broke is heard when it is waited for, which may be later.
    pulled.catch(() => undefined);
    return pulled;
  };
  let next = pullNext();
  for (;;) {
    const first = await next;
    if (first.done) return;
    next = pullNext();
    const gathered = [...first.value];
    const ms = waitMs();
    if (ms > 0) await pause(ms);
    while (ms > 0 && gathered.length < maxGathered) {
      const more = await Promise.race([next, yieldToOthers()]).catch(() => undefined);
      if (!more || more.done) break;
      gathered.push(...more.value);
      next = pullNext();
    }
    yield gathered;
  }
}
