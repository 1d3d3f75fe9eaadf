/** Which rows of a long list are drawn. Counted from the end, so that rows put in front change nothing. */
export interface RowWindow {
  /** Rows from the end where the drawn part starts, and where it ends. */
  from: number;
  to: number;
}

/** Lists up to this long are drawn whole: nothing is gained by less. */
const wholeRows = 160;
const spareRows = 40;
const stepRows = 20;

/** Heights of rows as they were measured; an estimate for those that were never drawn. */
export interface RowHeights {
  of(key: string): number;
  set(key: string, height: number): void;
}

export function createRowHeights(estimatePx: number): RowHeights {
  const known = new Map<string, number>();
  return { of: (key) => known.get(key) ?? estimatePx, set: (key, height) => known.set(key, height) };
}

export function endWindow(count: number): RowWindow {
  return { from: Math.min(count, wholeRows), to: 0 };
}

/** The rows around what is in sight, in steps so that a small movement draws nothing anew. */
export function windowAt(
  rows: readonly { key: string }[],
  { heights, top, height }: { heights: RowHeights; top: number; height: number },
): RowWindow {
  if (rows.length <= wholeRows) return endWindow(rows.length);
  const first = rowAt(rows, heights, top);
  const last = rowAt(rows, heights, top + height);
  const from = roundedUp(rows.length - first + spareRows);
  const to = Math.floor((rows.length - last - 1 - spareRows) / stepRows) * stepRows;
  return { from: Math.min(rows.length, from), to: Math.max(0, to) };
}

/** A window around one row, to bring it into sight. */
export function windowAround(count: number, at: number): RowWindow {
  if (count <= wholeRows) return endWindow(count);
  return { from: Math.min(count, count - at + spareRows), to: Math.max(0, count - at - spareRows) };
}

/** The same rows after others came behind them; a window that reached the end reaches the new one. */
export function afterAppend(window: RowWindow, appended: number): RowWindow {
  if (appended <= 0) return window;
  if (window.to === 0) return { from: window.from, to: 0 };
  return { from: window.from + appended, to: window.to + appended };
}

export function heightOf(rows: readonly { key: string }[], heights: RowHeights): number {
  return rows.reduce((sum, { key }) => sum + heights.of(key), 0);
}

function rowAt(rows: readonly { key: string }[], heights: RowHeights, offset: number): number {
  let passed = 0;
  for (const [at, { key }] of rows.entries()) {
    passed += heights.of(key);
    if (passed > offset) return at;
  }
  return rows.length - 1;
}

function roundedUp(count: number): number {
  return Math.ceil(count / stepRows) * stepRows;
}
