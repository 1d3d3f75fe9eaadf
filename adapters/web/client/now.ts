import { signal } from "@preact/signals";

/** The time, a second at a time, for durations that are shown. It stands still while nobody looks. */
export const nowMs = signal(Date.now());

export function startClock(): void {
  const tick = () => {
    if (!document.hidden) nowMs.value = Date.now();
  };
  setInterval(tick, 1_000);
  document.addEventListener("visibilitychange", tick);
}
