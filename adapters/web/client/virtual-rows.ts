/** Which rows of a long list are drawn. Counted from the end, so that rows put in front change nothing. */
export interface RowWindow {
  /** Rows from the end where the drawn part starts, and where it ends. */
  from: number;
  to: number;
}

export interface VirtualRow {
  key: string;
  /** Messages in it. */
  weight: number;
}

/** Lists of up to this many messages are drawn whole: nothing is gained by less. */
const wholeWeight = 160;
/** Rendered above and below the visible part; renders again when half of it is used up, or when it has doubled. */
const usualSparePx = 2_400;
/** Height of a short message, and the overhead of a row. */
const messagePx = 36;
const headPx = 30;

/** Heights of rows as they were measured; an estimate for those that were never drawn. */
export interface RowHeights {
  of(row: VirtualRow): number;
  set(key: string, height: number): void;
}

export function createRowHeights(): RowHeights {
  const known = new Map<string, number>();
  return {
    of: ({ key, weight }) => known.get(key) ?? headPx + messagePx * weight,
    set: (key, height) => known.set(key, height),
  };
}

/** Enough of them for any screen: the rows that are visible first are rendered first. */
export const firstWeight = 20;

/** The newest rows; all of them where they are few. */
export function endWindow(rows: readonly VirtualRow[], atMost = wholeWeight): RowWindow {
  let from = 0;
  for (let weight = 0; from < rows.length && weight < atMost; from += 1)
    weight += rows[rows.length - 1 - from]?.weight ?? 0;
  return { from, to: 0 };
}

/** The rows around the visible part; `current` as long as it reaches far enough and not much too far. */
export function windowAt(
  rows: readonly VirtualRow[],
  seen: { heights: RowHeights; top: number; height: number; current: RowWindow; sparePx?: number | undefined },
): RowWindow {
  const { sparePx = usualSparePx } = seen;
  const short = endWindow(rows);
  if (short.from === rows.length) return short;
  const reach = (px: number): RowWindow => {
    const first = rowAt(rows, seen.heights, seen.top - px);
    const last = rowAt(rows, seen.heights, seen.top + seen.height + px);
    return { from: rows.length - first, to: rows.length - last - 1 };
  };
  const [needed, most] = [reach(sparePx / 2), reach(sparePx * 2)];
  const { from, to } = seen.current;
  const isEnough = from >= needed.from && to <= needed.to;
  const isTooMuch = from > most.from || to < most.to;
  return isEnough && !isTooMuch ? seen.current : reach(sparePx);
}

/** A window around one row, to bring it into sight. */
export function windowAround(rows: readonly VirtualRow[], at: number): RowWindow {
  const short = endWindow(rows);
  if (short.from === rows.length) return short;
  const spareRows = Math.ceil(usualSparePx / (headPx + messagePx));
  return { from: Math.min(rows.length, rows.length - at + spareRows), to: Math.max(0, rows.length - at - spareRows) };
}

/** The same rows after others came behind them; a window that reached the end reaches the new one. */
export function afterAppend({ from, to }: RowWindow, appended: number): RowWindow {
  if (appended <= 0) return { from, to };
  return { from: from + appended, to: to === 0 ? 0 : to + appended };
}

export function heightOf(rows: readonly VirtualRow[], heights: RowHeights): number {
  return rows.reduce((sum, row) => sum + heights.of(row), 0);
}

function rowAt(rows: readonly VirtualRow[], heights: RowHeights, offset: number): number {
  let passed = 0;
  for (const [at, row] of rows.entries()) {
    passed += heights.of(row);
    if (passed > offset) return at;
  }
  return rows.length - 1;
}
