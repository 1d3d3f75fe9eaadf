import type { Clock } from "../../src/ports/clock.js";

/** Freezes an agent that was idle for a while: it stays warm and uses no processor. */
export interface IdlePause {
  /** Before something is handed over. */
  wake(): Promise<void>;
  /** Wakes it for good. */
  end(): Promise<void>;
  /** Leaves it as it is from now on: its process has ended, or another one of Parley holds it. */
  leave(): void;
}

export interface IdlePauseOptions {
  process: { pause(): Promise<void>; resume(): Promise<void> };
  turns: {
    readonly isBusy: boolean;
    /** Resolves when no turn is under way. */
    idle(): Promise<void>;
  };
  /** Undefined: never. */
  idlePauseMs: number | undefined;
  clock: Clock;
}

export function createIdlePause({ process, turns, idlePauseMs, clock }: IdlePauseOptions): IdlePause {
  let cancel = () => {};
  let pausing: Promise<void> | undefined;
  let isEnded = false;

  /** The time runs from the end of the turn under way. */
  function rest(): void {
    if (idlePauseMs === undefined || isEnded) return;
    cancel();
    cancel = clock.after(idlePauseMs, () => {
      // A failure to freeze only costs a little processor time.
      if (!turns.isBusy) pausing = process.pause().catch(() => {});
      else void turns.idle().then(rest);
    });
  }

  async function wake(): Promise<void> {
    cancel();
    const paused = pausing;
    pausing = undefined;
    if (paused) await paused.then(() => process.resume());
    rest();
  }

  function leave(): void {
    isEnded = true;
    cancel();
  }

  rest();
  return {
    wake,
    leave,
    async end() {
      isEnded = true;
      // Stopping a sandbox also wakes it.
      await wake().catch(() => {});
    },
  };
}
