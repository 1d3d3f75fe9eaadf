import { signal } from "@preact/signals";

/** The current time, updated every second, for durations on the page. It pauses while the page is hidden. */
export const nowMs = signal(Date.now());

export function startClock(): void {
  const tick = () => {
    if (!document.hidden) nowMs.value = Date.now();
  };
  setInterval(tick, 1_000);
  document.addEventListener("visibilitychange", tick);
}
