import { type BucketSize, fullBucket, type TokenBucket, takeFrom } from "../../src/core/values/token-bucket.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Sandbox } from "../../src/ports/sandboxes.js";

/** Says how long its reader has to wait before it passes on so many bytes; undefined: not at all. Resolves, never rejects. */
export type Pace = (bytes: number) => Promise<void> | undefined;

/** The same pace until the sandbox's process ended: what it had written by then is no more than its pipes hold, and is read at once. */
export function paceWhileRunning(sandbox: Promise<Pick<Sandbox, "exited">>, pace: Pace): Pace {
  let hasEnded = false;
  const note = () => {
    hasEnded = true;
  };
  sandbox.then((running) => running.exited()).then(note, note);
  return (bytes) => (hasEnded ? undefined : pace(bytes));
}

const mebibyte = 1_024 * 1_024;

/** Output of one sandbox, bytes: the longest line may come at once, and text of agents is a hundredth of the steady rate. */
const sandboxBytes: BucketSize = { burst: 8 * mebibyte, perSecond: 512 * 1_024 };
/** As much of a sandbox's burst never waits for other sandboxes, bytes. */
const ownBytes = mebibyte / 4;
/** Output of all sandboxes of a process, bytes: reading it leaves most of a processor to rooms. */
const processBytes: BucketSize = { burst: 8 * mebibyte, perSecond: 2 * mebibyte };

/**
 * The pace at which this process reads what its sandboxes write. Each call makes the pace of one sandbox. All wait their turn for the pace of the
 * process, in the order in which they ask, except a sandbox that wrote little lately: those that write much do not hold it up.
 */
export function createOutputPace({
  clock,
  sandbox = sandboxBytes,
  all = processBytes,
}: {
  clock: Clock;
  sandbox?: BucketSize;
  all?: BucketSize;
}): () => Pace {
  const nowMs = () => clock.monotonicMs();
  let ofAll: TokenBucket = fullBucket(all, nowMs());

  return () => {
    let own: TokenBucket = fullBucket(sandbox, nowMs());
    return (bytes) => {
      const taken = { amount: bytes, nowMs: nowMs() };
      const [mine, shared] = [takeFrom(own, taken, sandbox), takeFrom(ofAll, taken, all)];
      [own, ofAll] = [mine.bucket, shared.bucket];
      const isLittle = own.level >= sandbox.burst - ownBytes;
      const waitMs = isLittle ? mine.waitMs : Math.max(mine.waitMs, shared.waitMs);
      return waitMs === 0 ? undefined : new Promise((resolve) => void clock.after(waitMs, resolve));
    };
  };
}
