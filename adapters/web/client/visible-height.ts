/** Below this a page shows one thing at a time: an on-screen keyboard is open, or a phone lies on its side. */
const shortPx = 480;
/** A press on a button takes the focus away before it is a click; the button must not move until then. */
const leaveAfterMs = 250;

/**
 * Tells the style sheet how much of the page is visible and which field has the focus: `--seen-height`, and the classes `is-short`, `writes-gate` and
 * `writes-message`. An on-screen keyboard makes the window smaller on some systems and only covers it on others. Returns a function that stops it.
 */
export function followVisibleHeight(): () => void {
  const seen = window.visualViewport;
  const { documentElement: root } = document;
  let leaving: ReturnType<typeof setTimeout> | undefined;

  function measure(): void {
    if (!seen) return;
    // A page that the user zoomed in counts as tall as before.
    const heightPx = Math.round(seen.height * seen.scale);
    root.style.setProperty("--seen-height", `${heightPx}px`);
    root.classList.toggle("is-short", heightPx < shortPx);
    if (seen.scale > 1.01) return;
    // Where the keyboard only covers the page, the browser has pushed it up to show the field.
    scrollTo(0, 0);
    showField();
  }

  function writesIn(field: Element | null): void {
    root.classList.toggle("writes-gate", field?.closest(".gates") != null);
    root.classList.toggle("writes-message", field?.closest(".composer") != null);
  }

  function entered({ target }: FocusEvent): void {
    if (!(target instanceof HTMLTextAreaElement)) return;
    clearTimeout(leaving);
    writesIn(target);
    showField();
  }

  function left(): void {
    clearTimeout(leaving);
    leaving = setTimeout(() => writesIn(fieldNow()), leaveAfterMs);
  }

  seen?.addEventListener("resize", measure);
  addEventListener("focusin", entered);
  addEventListener("focusout", left);
  measure();
  return () => {
    clearTimeout(leaving);
    seen?.removeEventListener("resize", measure);
    removeEventListener("focusin", entered);
    removeEventListener("focusout", left);
    root.style.removeProperty("--seen-height");
    root.classList.remove("is-short", "writes-gate", "writes-message");
  };
}

function fieldNow(): Element | null {
  return document.activeElement instanceof HTMLTextAreaElement ? document.activeElement : null;
}

function showField(): void {
  fieldNow()?.scrollIntoView({ block: "nearest" });
}
