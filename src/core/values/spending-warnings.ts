import { type InstallationLimits, type SpendingState, type SpentSums, sumsNow } from "./installation-spending.js";
import { dayIndexOf, monthIndexOf, type SpendingLimits } from "./spent-windows.js";
import type { SpendingWarning } from "./told-warnings.js";

/** Share of a limit at whose use people are warned, where no other is set. */
export const defaultWarnAt = 0.8;

const spans = { total: "", day: " for today (UTC)", month: " for this month (UTC)" };

/** Warnings about the limits of the installation and of this payer of which the set share is used, and not all. `nowMs`: Unix ms. */
export function spendingWarnings(
  state: SpendingState,
  { payer, limits, nowMs }: { payer: string; limits: InstallationLimits; nowMs: number },
): SpendingWarning[] {
  const { installation, person, warnAt = defaultWarnAt } = limits;
  const at = { warnAt, nowMs };
  return [
    ...warningsOf(state, { ...at, account: "installation", whose: "this installation", limits: installation }),
    ...warningsOf(state.persons.get(payer), {
      ...at,
      account: "person",
      whose: "the person whose room this is",
      limits: person,
    }),
  ];
}

interface WarnedAccount {
  account: "installation" | "person";
  /** For people. */
  whose: string;
  limits: SpendingLimits;
  warnAt: number;
  nowMs: number;
}

function warningsOf(sums: SpentSums | undefined, { account, whose, limits, warnAt, nowMs }: WarnedAccount) {
  const used = sumsNow(sums, nowMs);
  const windows = [
    { window: "total", limit: limits.usd, number: 0 },
    { window: "day", limit: limits.usdPerDay, number: dayIndexOf(nowMs) },
    { window: "month", limit: limits.usdPerMonth, number: monthIndexOf(nowMs) },
  ] as const;
  return windows.flatMap(({ window, limit, number }): SpendingWarning[] => {
    if (limit === undefined) return [];
    const { usd } = used[window];
    if (usd < limit * warnAt || usd >= limit) return [];
    const left = `has less than ${Math.round((1 - warnAt) * 100)} % left`;
    const text = `The spending limit of ${whose}${spans[window]} ${left}. Messages to agents that call the model wait when it is used up.`;
    return [{ id: `${account}/${window}/${number}-${limit}`, text }];
  });
}
