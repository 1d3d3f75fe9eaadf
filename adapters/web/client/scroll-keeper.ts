import { type ReadonlySignal, signal } from "@preact/signals";

/** Keeps the reader's position while the list around it grows. */
export interface ScrollKeeper {
  /** Whether the newest row is visible; then the list follows new rows. */
  readonly isAtEnd: ReadonlySignal<boolean>;
  toEnd(): void;
  /** Scrolls it to the middle of the visible part. */
  toElement(element: HTMLElement | null | undefined): void;
  stop(): void;
}

const endWithinPx = 48;

/**
 * Keeps the reader's place. It is found again by its `data-anchor`, because the element may have been replaced.
 * `content` is the one child of `scroller`.
 */
export function keepScroll({ scroller, content }: { scroller: HTMLElement; content: HTMLElement }): ScrollKeeper {
  const isAtEnd = signal(true);
  let anchor: { name: string; top: number } | undefined;
  let lastTop = 0;
  let lastHeight = 0;
  let lastClientHeight = 0;

  function noticed(): void {
    followMovement();
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    const hasGrown = scrollHeight > lastHeight && scrollTop >= lastTop;
    // The user did not scroll: a keyboard opened or the device was turned, and its other effects are still to come.
    const isResized = clientHeight !== lastClientHeight;
    const followsStill = isAtEnd.value && (hasGrown || isResized);
    if (!followsStill) isAtEnd.value = scrollHeight - scrollTop - clientHeight < endWithinPx;
    note();
  }

  function note(): void {
    lastTop = scroller.scrollTop;
    lastHeight = scroller.scrollHeight;
    lastClientHeight = scroller.clientHeight;
    remember();
  }

  /** A scroll event may come before an earlier change has settled: the reader's position moves as far as the person scrolled. */
  function followMovement(): void {
    if (isAtEnd.value || !anchor || scroller.scrollHeight === lastHeight) return;
    anchor.top -= scroller.scrollTop - lastTop;
    settle();
  }

  function remember(): void {
    const edge = scroller.getBoundingClientRect().top;
    const element = firstBelow(content.querySelectorAll<HTMLElement>("[data-anchor]"), edge);
    const name = element?.dataset.anchor;
    anchor = element && name !== undefined ? { name, top: element.getBoundingClientRect().top - edge } : undefined;
  }

  function settle(): void {
    if (isAtEnd.value) scroller.scrollTop = scroller.scrollHeight;
    else if (anchor) {
      const element = content.querySelector(`[data-anchor="${CSS.escape(anchor.name)}"]`);
      const top = element && element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
      if (top !== null) scroller.scrollTop += top - anchor.top;
    }
    note();
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
    toElement(element) {
      if (!element) return;
      isAtEnd.value = false;
      element.scrollIntoView({ block: "center" });
      noticed();
    },
    stop() {
      observer.disconnect();
      scroller.removeEventListener("scroll", noticed);
    },
  };
}

/** The first one whose lower edge lies below `edge`; they follow one another, so halving finds it. */
function firstBelow(elements: NodeListOf<HTMLElement>, edge: number): HTMLElement | undefined {
  let from = 0;
  let to = elements.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const element = elements[middle];
    if (element && element.getBoundingClientRect().bottom > edge) to = middle;
    else from = middle + 1;
  }
  return elements[from];
}
