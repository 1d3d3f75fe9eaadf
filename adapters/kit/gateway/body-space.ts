import type { Clock } from "../../../src/ports/clock.js";

/** Memory for the bodies of calls, shared by all agents. A call that does not fit waits its turn. */
export interface BodySpace {
  /**
   * Takes `bytes` for a caller; resolves to what gives them back, or to undefined when there was no room in time. Rejects when `signal` fires first.
   * A caller that holds its share waits and lets others pass.
   */
  take(caller: string, wanted: { bytes: number; signal: AbortSignal }): Promise<(() => void) | undefined>;
}

interface Waiting {
  caller: string;
  bytes: number;
  begin(giveBack: () => void): void;
}

/** `maxBytesPerCaller` MUST hold the largest body, `maxBytes` at least as much. */
export function createBodySpace(options: {
  maxBytes: number;
  maxBytesPerCaller: number;
  maxWaitMs: number;
  clock: Clock;
}): BodySpace {
  const { maxBytes, maxBytesPerCaller, maxWaitMs, clock } = options;
  const held = new Map<string, number>();
  let takenBytes = 0;
  let line: Waiting[] = [];

  const isWithinShare = ({ caller, bytes }: Waiting) => (held.get(caller) ?? 0) + bytes <= maxBytesPerCaller;

  function add(caller: string, bytes: number): void {
    takenBytes += bytes;
    const sum = (held.get(caller) ?? 0) + bytes;
    if (sum === 0) held.delete(caller);
    else held.set(caller, sum);
  }

  function admit(): void {
    while (true) {
      const next = line.find(isWithinShare);
      if (!next || takenBytes + next.bytes > maxBytes) return;
      line = line.filter((other) => other !== next);
      add(next.caller, next.bytes);
      next.begin(giverOf(next));
    }
  }

  function giverOf({ caller, bytes }: Waiting): () => void {
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      add(caller, -bytes);
      admit();
    };
  }

  return {
    take: (caller, { bytes, signal }) =>
      new Promise((resolve, reject) => {
        const leave = () => {
          line = line.filter((other) => other !== waiting);
          cancel();
          signal.removeEventListener("abort", onAbort);
          admit();
        };
        const onAbort = () => {
          leave();
          reject(signal.reason);
        };
        const cancel = clock.after(maxWaitMs, () => {
          leave();
          resolve(undefined);
        });
        const begin = (giveBack: () => void) => {
          cancel();
          signal.removeEventListener("abort", onAbort);
          resolve(giveBack);
        };
        const waiting: Waiting = { caller, bytes, begin };
        signal.addEventListener("abort", onAbort, { once: true });
        if (signal.aborted) return onAbort();
        line.push(waiting);
        admit();
      }),
  };
}
