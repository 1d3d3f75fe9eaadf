import { texts } from "./texts.js";

/** How long, in the two units that matter. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return texts.time.seconds(seconds);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return texts.time.minutes(minutes);
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return texts.time.hours(hours, minutes % 60);
  return texts.time.days(Math.floor(hours / 24));
}

const clockFormat = new Intl.DateTimeFormat(texts.locale, { hour: "2-digit", minute: "2-digit" });
const fullFormat = new Intl.DateTimeFormat(texts.locale, { dateStyle: "full", timeStyle: "medium" });
const shortFormat = new Intl.DateTimeFormat(texts.locale, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const dayFormat = new Intl.DateTimeFormat(texts.locale, { weekday: "long", day: "numeric", month: "long" });
const keyFormat = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit" });

export const clockTime = (at: number): string => clockFormat.format(at);
export const shortTime = (at: number): string => shortFormat.format(at);
export const fullTime = (at: number): string => fullFormat.format(at);
/** Local day, to tell days apart. */
export function dayKey(at: number): string {
  const quarter = Math.floor(at / quarterMs);
  const known = days.get(quarter) ?? keyFormat.format(at);
  days.set(quarter, known);
  return known;
}

/** Days begin at full quarters of an hour everywhere; formatting each of 10,000 times would be felt. */
const quarterMs = 900_000;
const days = new Map<number, string>();

export function dayName(at: number, nowMs: number): string {
  const key = dayKey(at);
  if (key === dayKey(nowMs)) return texts.timeline.today;
  if (key === dayKey(nowMs - 86_400_000)) return texts.timeline.yesterday;
  return dayFormat.format(at);
}

const moneyFormat = new Intl.NumberFormat(texts.locale, {
  style: "currency",
  currency: "USD",
  currencyDisplay: "narrowSymbol",
  maximumFractionDigits: 2,
});

const leastUsd = 0.01;

/** What is less than a cent is not nothing. */
export function money(usd: number): string {
  const isTiny = usd > 0 && usd < leastUsd;
  return isTiny ? texts.money.lessThan(moneyFormat.format(leastUsd)) : moneyFormat.format(usd);
}
