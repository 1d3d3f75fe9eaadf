import type { ManualClock } from "../../adapters/memory/clock.js";

/** Moves the clock on by `stepMs` after each turn of the event loop until `work` has settled; settles as it does. */
export async function driveClock<T>(clock: ManualClock, work: Promise<T>, stepMs = 1_000): Promise<T> {
  let isSettled = false;
  const end = () => {
    isSettled = true;
  };
  work.then(end, end);
  while (!isSettled) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    clock.advance(stepMs);
  }
  return work;
}
