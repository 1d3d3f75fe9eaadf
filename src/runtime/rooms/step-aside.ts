import type { Clock } from "../../ports/clock.js";

/** Two writers that lost to each other in step would do so again: from the second conflict on, each waits up to this long, times the tries. */
const maxPauseMs = 8;

/** Waits before something is written again after a lost race: for a time that is random because the commit's id is. */
export async function stepAside(clock: Clock, { tries, id }: { tries: number; id: string }): Promise<void> {
  if (tries < 2) return;
  await new Promise<void>((resolve) => clock.after(shareOf(id) * maxPauseMs * tries, resolve));
}

/** Between 0 and 1, the same for the same text. */
function shareOf(text: string): number {
  let sum = 0;
  for (const character of text) sum = (Math.imul(sum, 31) + character.charCodeAt(0)) | 0;
  return (sum >>> 0) / 2 ** 32;
}
