/** One sandbox's disk as it was counted. A value. */
export interface DiskState {
  /** As it was counted last; undefined before. */
  readonly usedBytes?: number;
  /** Counts in a row that gave no number. */
  readonly uncounted: number;
  /** Held: it is frozen because of its disk. */
  readonly isHeld: boolean;
  /**
   * Set once it was over its quota, until it is below again: the most it may take, bytes. That leaves room to delete files, because
   * programs write a little for it.
   */
  readonly ceilingBytes?: number;
}

/** Change that a count brings about. */
export type DiskChange = "hold" | "release" | "none";

/** Nothing was counted. */
export const uncountedDisk: DiskState = { uncounted: 0, isHeld: false };

/** Counts in a row without a number after which a sandbox is held: so many files are no honest work. */
const maxUncounted = 3;
/** Room over the quota to delete files in: a share of the quota, and at least so much. */
const slackShare = 0.05;
const minSlackBytes = 8 * 1_024 * 1_024;
/** The pace of counts assumes that nobody writes faster. */
const maxBytesPerMs = 400_000;
const minPaceMs = 1_000;
const maxPaceMs = 15_000;

/** The state after a count. `counted` undefined: it could not be counted. */
export function afterCount(
  state: DiskState,
  { counted, quotaBytes }: { counted: number | undefined; quotaBytes: number },
): { state: DiskState; change: DiskChange } {
  if (counted === undefined) return afterNoCount(state);
  const known = { ...state, usedBytes: counted, uncounted: 0 };
  if (counted <= quotaBytes) {
    const { ceilingBytes: _ceiling, ...below } = known;
    return { state: { ...below, isHeld: false }, change: state.isHeld ? "release" : "none" };
  }
  const ceilingBytes = state.ceilingBytes ?? counted + Math.max(minSlackBytes, quotaBytes * slackShare);
  const isNewlyOver = state.ceilingBytes === undefined || counted > ceilingBytes;
  const isHeld = state.isHeld || isNewlyOver;
  return { state: { ...known, ceilingBytes, isHeld }, change: isHeld && !state.isHeld ? "hold" : "none" };
}

function afterNoCount(state: DiskState): { state: DiskState; change: DiskChange } {
  const uncounted = state.uncounted + 1;
  const isHeld = state.isHeld || uncounted >= maxUncounted;
  return { state: { ...state, uncounted, isHeld }, change: isHeld && !state.isHeld ? "hold" : "none" };
}

/** Its process was started again, or has ended: it is not frozen any more; what it may take stays. */
export function released(state: DiskState): DiskState {
  return { ...state, isHeld: false, uncounted: 0 };
}

/** When to count again, ms: the sooner, the less is left. */
export function paceMs({ usedBytes, ceilingBytes, isHeld, uncounted }: DiskState, quotaBytes: number): number {
  if (isHeld || uncounted > 0) return maxPaceMs;
  if (usedBytes === undefined) return minPaceMs;
  const leftBytes = Math.max(quotaBytes, ceilingBytes ?? 0) - usedBytes;
  return Math.min(maxPaceMs, Math.max(minPaceMs, leftBytes / maxBytesPerMs));
}
