import type { Recipients } from "../core/room/event.js";

/** `room`, or `coder, reviewer`. */
export function recipientsText(to: Recipients | undefined): string {
  if (to === undefined) return "room";
  return to === "room" ? "room" : to.join(", ");
}

/** `1 message`, `2 messages`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `12:03:11`, by the clock of this machine. */
export function clockText(atMs: number): string {
  const date = new Date(atMs);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** `2026-12-01`, by the clock of this machine. */
export function dayText(atMs: number): string {
  const date = new Date(atMs);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
}

const units: readonly (readonly [number, string])[] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
];

/** `12 s`, `3 min`, `2 h`, `7 d`: rounded to the largest unit that fits. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const [size, name] = units.find(([length]) => seconds >= length) ?? [1, "s"];
  return `${Math.round(seconds / size)} ${name}`;
}

/** Seconds in `90`, `90s`, `15m`, `12h`, `7d`; undefined for anything else. */
export function parseSeconds(text: string): number | undefined {
  const match = /^(\d{1,9})(s|m|h|d)?$/.exec(text);
  if (!match) return undefined;
  const factor = { s: 1, m: 60, h: 3_600, d: 86_400 }[match[2] ?? "s"] ?? 1;
  const seconds = Number(match[1]) * factor;
  return seconds > 0 ? seconds : undefined;
}

/** `1,234 tokens, $0.0123`. */
export function usageText(usage: { inputTokens: number; outputTokens: number; usd: number }): string {
  const tokens = usage.inputTokens + usage.outputTokens;
  return `${tokens.toLocaleString("en-US")} tokens, $${usage.usd.toFixed(usage.usd < 1 ? 4 : 2)}`;
}

const holdsText = { now: "now", nextTurn: "from its next turn on", restart: "from its next turn on, in a new process" };

/** From when each changed setting of an agent holds. */
export function holdsInWords(members: Readonly<Record<string, keyof typeof holdsText>>): string {
  return Object.entries(members)
    .map(([name, holds]) => `${name} ${holdsText[holds]}`)
    .join(", ");
}
