import { setTimeout as pause, setImmediate as yieldToOthers } from "node:timers/promises";

/** Approximate maximum of items in one batch. */
const maxGathered = 200;

/** Passes on the batches of `source`, merging those that arrive within `waitMs` if it is above 0. Items before an error of `source` are passed on first. */
export async function* gatherBatches<T>(source: AsyncIterable<T[]>, waitMs: () => number): AsyncGenerator<T[], void> {
  const batches = source[Symbol.asyncIterator]();
  const pullNext = () => {
    const pulled = batches.next();
    // Avoid an unhandled rejection; the error surfaces when awaited.
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
