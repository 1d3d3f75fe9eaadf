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

/** Made when it is first needed: making one takes longer than all else a page does before it is seen. */
function dateFormat(options: Intl.DateTimeFormatOptions): (at: number) => string {
  let format: Intl.DateTimeFormat | undefined;
  return (at) => {
    format ??= new Intl.DateTimeFormat(texts.locale, options);
    return format.format(at);
  };
}

export const clockTime = dateFormat({ hour: "2-digit", minute: "2-digit" });
export const shortTime = dateFormat({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
export const fullTime = dateFormat({ dateStyle: "full", timeStyle: "medium" });
const longDay = dateFormat({ weekday: "long", day: "numeric", month: "long" });

/** Local day, to tell days apart. */
export function dayKey(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

export function dayName(at: number, nowMs: number): string {
  const key = dayKey(at);
  if (key === dayKey(nowMs)) return texts.timeline.today;
  if (key === dayKey(nowMs - 86_400_000)) return texts.timeline.yesterday;
  return longDay(at);
}

let moneyFormat: Intl.NumberFormat | undefined;

function inDollars(usd: number): string {
  moneyFormat ??= new Intl.NumberFormat(texts.locale, {
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    maximumFractionDigits: 2,
  });
  return moneyFormat.format(usd);
}

const leastUsd = 0.01;

/** An amount in dollars. Less than a cent is not shown as zero. */
export function money(usd: number): string {
  const isTiny = usd > 0 && usd < leastUsd;
  return isTiny ? texts.money.lessThan(inDollars(leastUsd)) : inDollars(usd);
}
