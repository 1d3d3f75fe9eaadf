import { type ReadonlySignal, signal } from "@preact/signals";

/** Keeps what is read in its place while the list around it grows. */
export interface ScrollKeeper {
  /** Whether the newest is in sight; then the list follows what comes. */
  readonly isAtEnd: ReadonlySignal<boolean>;
  toEnd(): void;
  stop(): void;
}

const endWithinPx = 48;

/** `rows` is the element whose children are the rows, inside `content`, inside `scroller`. */
export function keepScroll({
  scroller,
  content,
  rows,
}: {
  scroller: HTMLElement;
  content: HTMLElement;
  rows: HTMLElement;
}): ScrollKeeper {
  const isAtEnd = signal(true);
  let anchor: { element: Element; top: number } | undefined;
  let lastTop = 0;
  let lastHeight = 0;

  function noticed(): void {
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    const hasGrown = scrollHeight > lastHeight;
    const followsStill = isAtEnd.value && hasGrown && scrollTop >= lastTop;
    if (!followsStill) isAtEnd.value = scrollHeight - scrollTop - clientHeight < endWithinPx;
    lastTop = scrollTop;
    lastHeight = scrollHeight;
    remember();
  }

  function remember(): void {
    const edge = scroller.getBoundingClientRect().top;
    const element = firstBelow(rows.children, edge);
    anchor = element && { element, top: element.getBoundingClientRect().top - edge };
  }

  function settle(): void {
    if (isAtEnd.value) scroller.scrollTop = scroller.scrollHeight;
    else if (anchor?.element.isConnected) {
      const top = anchor.element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
      scroller.scrollTop += top - anchor.top;
    }
    lastTop = scroller.scrollTop;
    lastHeight = scroller.scrollHeight;
    remember();
  }

  const observer = new ResizeObserver(settle);
  observer.observe(content);
  observer.observe(scroller);
  scroller.addEventListener("scroll", noticed, { passive: true });
  settle();
  return {
    isAtEnd,
    toEnd() {
      isAtEnd.value = true;
      settle();
    },
    stop() {
      observer.disconnect();
      scroller.removeEventListener("scroll", noticed);
    },
  };
}

/** The first row whose lower edge lies below `edge`; rows follow one another, so halving finds it. */
function firstBelow(rows: HTMLCollection, edge: number): Element | undefined {
  let from = 0;
  let to = rows.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const row = rows[middle];
    if (row && row.getBoundingClientRect().bottom > edge) to = middle;
    else from = middle + 1;
  }
  return rows[from];
}
