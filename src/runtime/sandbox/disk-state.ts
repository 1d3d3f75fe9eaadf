/** The disk of one sandbox as counted. Immutable. */
export interface DiskState {
  /** Latest count, bytes; undefined before the first. */
  readonly usedBytes?: number;
  /** Consecutive counts that gave no number. */
  readonly uncounted: number;
  /** Whether it is frozen because of its disk. */
  readonly isHeld: boolean;
  /** Set while it is over its quota: the most it may take meanwhile, bytes. The extra space lets programs write a little while they delete files. */
  readonly ceilingBytes?: number;
}

/** Change that a count brings about. */
export type DiskChange = "hold" | "release" | "none";

/** Nothing was counted. */
export const uncountedDisk: DiskState = { uncounted: 0, isHeld: false };

/** After this many consecutive counts without a number a sandbox is held: no legitimate work has that many files. */
const maxUncounted = 3;
/** Extra space for deleting files: a share of the quota, and a minimum in bytes. */
const slackShare = 0.05;
const minSlackBytes = 8 * 1_024 * 1_024;
/** Fastest write speed that the counting interval allows for. */
const maxBytesPerMs = 400_000;
const minPaceMs = 1_000;
const maxPaceMs = 15_000;

/** The state after a count. `counted` is undefined if counting failed. */
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

/** The state after its process was restarted or ended: no longer frozen, with the same ceiling. */
export function released(state: DiskState): DiskState {
  return { ...state, isHeld: false, uncounted: 0 };
}

/** Delay until the next count, ms. The less space is left, the shorter. */
export function paceMs({ usedBytes, ceilingBytes, isHeld, uncounted }: DiskState, quotaBytes: number): number {
  if (isHeld || uncounted > 0) return maxPaceMs;
  if (usedBytes === undefined) return minPaceMs;
  const leftBytes = Math.max(quotaBytes, ceilingBytes ?? 0) - usedBytes;
  return Math.min(maxPaceMs, Math.max(minPaceMs, leftBytes / maxBytesPerMs));
}
