import { useEffect, useRef } from "preact/hooks";

/** A `details` element that closes on Escape and when the focus or a click goes elsewhere. */
export function useDismissable() {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const closeFor = (event: Event) => {
      const opened = details.current;
      if (!opened?.open) return;
      const isEscape = event instanceof KeyboardEvent && event.key === "Escape";
      const isOutside = !(event instanceof KeyboardEvent) && !opened.contains(event.target as Node);
      if (isEscape || isOutside) opened.open = false;
      // Not where it was: the element that had the focus is hidden now.
      if (isEscape) opened.querySelector("summary")?.focus();
    };
    for (const type of ["keydown", "pointerdown", "focusin"]) addEventListener(type, closeFor);
    return () => {
      for (const type of ["keydown", "pointerdown", "focusin"]) removeEventListener(type, closeFor);
    };
  }, []);
  return details;
}
