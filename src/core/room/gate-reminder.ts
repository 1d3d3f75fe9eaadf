import type { GateKind } from "./event.js";
import type { Policy } from "./policy.js";
import type { GateReminder } from "./room.js";

const defaultTimes = 3;

/** The reminders of a gate that opens now; later policies apply to later gates. */
export function reminderOf({ gateReminder }: Policy, nowMs: number): { reminder?: GateReminder } {
  if (!gateReminder) return {};
  const everyMs = gateReminder.afterS * 1_000;
  return { reminder: { atMs: nowMs + everyMs, everyMs, timesLeft: gateReminder.times ?? defaultTimes } };
}

const whatWaits: Readonly<Record<GateKind, (from: string) => string>> = {
  message: (from) => `A message of ${from} is still held`,
  question: (from) => `A question of ${from} still waits for an answer`,
  tool: (from) => `${from} still waits for a permission`,
  continue: () => "The agents are still halted",
};

/** One sentence, without any held text. */
export function reminderText({ from, kind, waitedMs }: { from: string; kind: GateKind; waitedMs: number }): string {
  return `${whatWaits[kind](from)}, for ${waitText(waitedMs)}.`;
}

/** `30 min`, `5 h`, `3 d`: whole units of the largest there are two of. */
function waitText(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}
