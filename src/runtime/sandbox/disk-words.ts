import type { DiskState } from "./disk-state.js";

const mebibyte = 1_024 * 1_024;

/** Why an agent is held and what to do, as a clause without a full stop. */
export function heldText(agent: string, { usedBytes, uncounted }: DiskState, quotaBytes: number): string {
  const cause =
    usedBytes === undefined || uncounted > 0
      ? "has more files than can be counted"
      : `has used up its disk quota (${inMegabytes(usedBytes)} of ${inMegabytes(quotaBytes)})`;
  return `@${agent} ${cause} and is paused. Stop it and tell it what to delete: it can work as long as it writes hardly more. Or raise PARLEY_AGENT_DISK_MB`;
}

/** Text for the room when a held agent goes on. */
export function releasedText(agent: string, { usedBytes = 0 }: DiskState, quotaBytes: number): string {
  return `@${agent} is below its disk quota again (${inMegabytes(usedBytes)} of ${inMegabytes(quotaBytes)}) and goes on.`;
}

/** Rounds up, so that a number over the quota never looks as if it were below. */
export function inMegabytes(bytes: number): string {
  return `${Math.ceil(bytes / mebibyte)} MB`;
}
