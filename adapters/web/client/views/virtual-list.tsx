import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import {
  afterAppend,
  createRowHeights,
  endWindow,
  firstWeight,
  heightOf,
  type RowWindow,
  type VirtualRow,
  windowAround,
  windowAt,
} from "../virtual-rows.js";

/** Renders the visible part of a long list and a little around it. Empty space of the same height replaces the rest. */
export function VirtualList<Row extends VirtualRow>({
  rows,
  scroller,
  reveal,
  isFromStart = false,
  sparePx,
  children,
}: {
  rows: readonly Row[];
  scroller: { readonly current: HTMLElement | null };
  /** Key of a row to be drawn wherever it is. */
  reveal: string | undefined;
  /** It is read from its start while rows come behind: those are not drawn before they are scrolled to. Default false. */
  isFromStart?: boolean;
  /** Drawn above and below the visible part. Default 2,400 px. */
  sparePx?: number;
  children: (row: Row) => ComponentChildren;
}) {
  const list = useRef<HTMLDivElement>(null);
  const heights = useMemo(() => createRowHeights(), []);
  const range = useSignal<RowWindow>(endWindow(rows, firstWeight));
  const isFirst = useSignal(true);
  const lastKey = useRef<string>(undefined);
  // A scroll may come before the next effect: it is answered from the rows that are drawn.
  const drawn = useRef(rows);
  drawn.current = rows;
  const wanted = isFirst.value
    ? endWindow(rows, firstWeight)
    : currentWindow(rows, { window: range.value, lastKey: lastKey.current });
  const current = isFromStart ? shortened(wanted) : wanted;
  const from = Math.max(0, rows.length - current.from);
  const to = Math.max(from, rows.length - current.to);

  useLayoutEffect(() => {
    lastKey.current = rows.at(-1)?.key;
    if (!same(range.peek(), current)) range.value = current;
    measure(list.current, (key, height) => heights.set(key, height));
  });

  /** Until the requested row has been scrolled to, the current position means nothing. */
  const isRevealing = useRef(false);
  useLayoutEffect(() => {
    const at = reveal === undefined ? -1 : rows.findIndex(({ key }) => key === reveal);
    if (at < 0) return;
    isFirst.value = false;
    range.value = windowAround(rows, at);
    isRevealing.current = true;
    requestAnimationFrame(() => {
      isRevealing.current = false;
    });
    // The row that is asked for, not each change of the list
  }, [reveal]);

  useEffect(() => {
    // After it has been painted
    const frame = requestAnimationFrame(() => {
      setTimeout(() => {
        if (!isFirst.peek()) return;
        isFirst.value = false;
        range.value = endWindow(drawn.current);
      });
    });
    return () => cancelAnimationFrame(frame);
  }, [isFirst, range]);

  useEffect(() => {
    const element = scroller.current;
    if (!element || !list.current) return undefined;
    const moved = () => {
      if (isRevealing.current) return;
      const top = element.scrollTop - (list.current?.offsetTop ?? 0);
      const next = windowAt(drawn.current, {
        heights,
        top,
        height: element.clientHeight,
        current: range.peek(),
        sparePx,
      });
      if (!same(range.peek(), next)) range.value = next;
    };
    element.addEventListener("scroll", moved, { passive: true });
    return () => element.removeEventListener("scroll", moved);
  }, [heights, scroller, range, sparePx]);

  return (
    <div ref={list}>
      <div style={{ height: `${heightOf(rows.slice(0, from), heights)}px` }} />
      {rows.slice(from, to).map((row) => (
        <div class="row" key={row.key} data-row={row.key}>
          {children(row)}
        </div>
      ))}
      <div style={{ height: `${heightOf(rows.slice(to), heights)}px` }} />
    </div>
  );
}

/** Most rows drawn at once of a list that grows while its start is read. */
const maxDrawn = 120;

function shortened({ from, to }: RowWindow): RowWindow {
  return from - to > maxDrawn ? { from, to: from - maxDrawn } : { from, to };
}

function currentWindow(
  rows: readonly VirtualRow[],
  { window, lastKey }: { window: RowWindow; lastKey: string | undefined },
): RowWindow {
  const short = endWindow(rows);
  if (short.from === rows.length) return short;
  if (lastKey === undefined || rows.at(-1)?.key === lastKey) return window;
  const at = rows.findLastIndex(({ key }) => key === lastKey);
  return at < 0 ? short : afterAppend(window, rows.length - 1 - at);
}

function measure(list: HTMLElement | null, note: (key: string, height: number) => void): void {
  for (const element of list?.querySelectorAll<HTMLElement>(":scope > [data-row]") ?? [])
    note(element.dataset.row ?? "", element.getBoundingClientRect().height);
}

function same(a: RowWindow, b: RowWindow): boolean {
  return a.from === b.from && a.to === b.to;
}
