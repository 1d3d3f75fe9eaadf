/** Value below which `share` of the samples lie. Sorts a copy. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Short and readable: three significant digits at most. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en");
  return Number(value.toPrecision(3)).toString();
}

/** One line of the report. `aim` is the target it is measured against. */
export interface Row {
  id: string;
  what: string;
  result: string;
  aim?: string;
  met?: boolean;
}

export function printRows(rows: readonly Row[]): void {
  for (const { id, what, result, aim, met } of rows) {
    const verdict = met === undefined ? "" : met ? "  met" : "  MISSED";
    console.log(`${id.padEnd(4)} ${what.padEnd(58)} ${result.padEnd(46)} ${aim ? `aim ${aim}` : ""}${verdict}`);
  }
}
