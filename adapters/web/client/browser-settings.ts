import { signal } from "@preact/signals";

/** Settings of this browser, kept for all its rooms. */
const wideKey = "parley.gates.wide";
const undoKey = "parley.gates.undo";

/** Whether the panel of gates takes half of a wide page, with before and after of a change beside each other. */
export const isGatesWide = signal(read(wideKey) === "yes");

/** Whether a decision waits for five seconds, so that it can be taken back. */
export const waitsForUndo = signal(read(undoKey) === "yes");

/** Widens the panel of gates, or makes it narrow again. */
export function setGatesWide(isWide: boolean): void {
  isGatesWide.value = isWide;
  write(wideKey, isWide);
}

/** Lets decisions wait, or sends them at once. */
export function setUndo(waits: boolean): void {
  waitsForUndo.value = waits;
  write(undoKey, waits);
}

/** Storage may be switched off; the page works without, it only forgets. */
function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(key: string, isOn: boolean): void {
  try {
    localStorage.setItem(key, isOn ? "yes" : "no");
  } catch {
    // Nothing to do: the page forgets.
  }
}
