import { setTimeout as pause, setImmediate as yieldToOthers } from "node:timers/promises";

/** Items in one batch, about. */
const maxGathered = 200;

/** The batches of `source`; where `waitMs` is above 0, those that come within it are one. What came before `source` broke comes first. */
export async function* gatherBatches<T>(source: AsyncIterable<T[]>, waitMs: () => number): AsyncGenerator<T[], void> {
  const batches = source[Symbol.asyncIterator]();
  const ask = () => {
    const asked = batches.next();
    // That it broke is heard when it is waited for, which may be later.
    asked.catch(() => undefined);
    return asked;
  };
  let coming = ask();
  for (;;) {
    const first = await coming;
    if (first.done) return;
    coming = ask();
    const gathered = [...first.value];
    const ms = waitMs();
    if (ms > 0) await pause(ms);
    while (ms > 0 && gathered.length < maxGathered) {
      const more = await Promise.race([coming, yieldToOthers()]).catch(() => undefined);
      if (!more || more.done) break;
      gathered.push(...more.value);
      coming = ask();
    }
    yield gathered;
  }
}
