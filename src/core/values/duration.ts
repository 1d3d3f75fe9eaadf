/** Formats milliseconds as `90 s`, or from 120 s on as `2 min`, rounded. */
export function inWords(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
