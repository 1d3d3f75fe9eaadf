import type { Amount } from "./reservations.js";

/** The amount used in one window, and the part of it that a person's `continue` has granted again. */
export interface SpentWindow {
  /** Days or months since 1970, in UTC. */
  index: number;
  used: Amount;
  granted: Amount;
}

/** Amounts used on the latest UTC day and in the latest UTC month with any use. */
export interface SpentWindows {
  day: SpentWindow;
  month: SpentWindow;
}

/** Limits in US dollars; an absent member sets none. */
export interface SpendingLimits {
  usd?: number | undefined;
  usdPerDay?: number | undefined;
  usdPerMonth?: number | undefined;
}

/** Nothing used. */
export const noAmount: Amount = { usd: 0, tokens: 0 };

const dayMs = 86_400_000;

/** Adds two amounts: US dollars and tokens. */
export function addAmount(a: Amount, b: Amount): Amount {
  return { usd: a.usd + b.usd, tokens: a.tokens + b.tokens };
}

/** Days since 1970 in UTC. `atMs`: Unix ms. */
export function dayIndexOf(atMs: number): number {
  return Math.floor(atMs / dayMs);
}

/** Months since January 1970 in UTC. `atMs`: Unix ms. */
export function monthIndexOf(atMs: number): number {
  const date = new Date(atMs);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/**
 * The windows with one more amount. A clock that is behind that of another process books on the window that has begun: an amount is never
 * booked on a window that is over.
 */
export function withSpent(windows: SpentWindows | undefined, more: Amount, atMs: number): SpentWindows {
  return {
    day: withMore(windows?.day, dayIndexOf(atMs), more),
    month: withMore(windows?.month, monthIndexOf(atMs), more),
  };
}

function withMore(window: SpentWindow | undefined, index: number, more: Amount): SpentWindow {
  if (!window || window.index < index) return { index, used: more, granted: noAmount };
  return { ...window, used: addAmount(window.used, more) };
}

/** The windows after a person has granted once more all that was used in them. */
export function withGrant({ day, month }: SpentWindows): SpentWindows {
  return { day: { ...day, granted: day.used }, month: { ...month, granted: month.used } };
}

/** What counts in the windows of this moment. `countsGranted`: also what was used before a person granted the limit again; default false. */
export function spentNow(
  windows: SpentWindows | undefined,
  nowMs: number,
  { countsGranted = false }: { countsGranted?: boolean } = {},
): { day: Amount; month: Amount } {
  const sumOf = (window: SpentWindow | undefined, index: number): Amount => {
    if (!window || window.index < index) return noAmount;
    const { used, granted } = window;
    return countsGranted ? used : { usd: used.usd - granted.usd, tokens: used.tokens - granted.tokens };
  };
  return { day: sumOf(windows?.day, dayIndexOf(nowMs)), month: sumOf(windows?.month, monthIndexOf(nowMs)) };
}

/** The least that is left of the limits, in US dollars; undefined without limits. */
export function usdLeftOf(
  { usd, usdPerDay, usdPerMonth }: SpendingLimits,
  spent: { total: Amount; day: Amount; month: Amount },
): number | undefined {
  const rests = [
    usd === undefined ? undefined : usd - spent.total.usd,
    usdPerDay === undefined ? undefined : usdPerDay - spent.day.usd,
    usdPerMonth === undefined ? undefined : usdPerMonth - spent.month.usd,
  ].filter((rest) => rest !== undefined);
  return rests.length === 0 ? undefined : Math.min(...rests);
}
