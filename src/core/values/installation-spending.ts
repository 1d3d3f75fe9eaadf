import type { Commit } from "../room/commit.js";
import { advance, type FoldPlace } from "../room/fold.js";
import type { AccountLeft, Amount } from "./reservations.js";
import {
  addAmount,
  dayIndexOf,
  monthIndexOf,
  noAmount,
  type SpendingLimits,
  type SpentWindows,
  spentNow,
  usdLeftOf,
  withSpent,
} from "./spent-windows.js";

/** What one payer, or the whole installation, has used. */
export interface SpentSums {
  total: Amount;
  windows: SpentWindows | undefined;
}

/** Spending was stopped. `id` tells this stop from others. */
export interface SpendingStop {
  id: string;
  by: string;
  reason: string;
  atMs: number;
}

/** The stream `spending`, folded: what all model calls through Parley's gateway used, and whether they are stopped. */
export interface SpendingState extends FoldPlace, SpentSums {
  /** By payer, see `payerOf`. */
  persons: Map<string, SpentSums>;
  stop?: SpendingStop;
  /** Spending was stopped at least once. */
  wasStopped?: true;
}

/** Events of the stream `spending`. Fields may be added, never renamed or given another meaning. */
export type SpendingEvent =
  /** One model call has ended. `usd`: US dollars; `tokens`: of all kinds. */
  | {
      type: "spending.recorded";
      roomId: string;
      agent: string;
      payer: string;
      model: string;
      usd: number;
      tokens: number;
    }
  | { type: "spending.stopped"; by: string; reason: string }
  | { type: "spending.resumed"; by: string };

/** Limits of the whole installation, and of each person over all rooms that this person made. */
export interface InstallationLimits {
  installation: SpendingLimits;
  person: SpendingLimits;
  /** Rooms are warned when this share of one of them is used, above 0 and up to 1; default 0.8. */
  warnAt?: number | undefined;
}

/** Why no call may go out that a room's own budgets would allow. */
export type SpendingHold = "stopped" | "installation" | "person";

/** The state before the first event. */
export function emptySpending(): SpendingState {
  return { version: 0, commitId: "", holes: 0, voided: [], total: noAmount, windows: undefined, persons: new Map() };
}

/** Applies a commit in place if it counts on top of the state. Events of other types or forms change nothing. */
export function applySpendingCommit(state: SpendingState, commit: Commit): void {
  advance(state, commit, () => {
    for (const event of commit.events) applySpendingEvent(state, event as Readonly<Record<string, unknown>>, commit);
  });
}

function applySpendingEvent(state: SpendingState, event: Readonly<Record<string, unknown>>, commit: Commit): void {
  const { type, by, reason, payer, usd, tokens } = event;
  if (type === "spending.stopped" && !state.stop) {
    state.stop = { id: commit.id, by: String(by), reason: String(reason ?? ""), atMs: commit.at };
    state.wasStopped = true;
  }
  if (type === "spending.resumed") delete state.stop;
  if (type !== "spending.recorded" || typeof payer !== "string") return;
  if (typeof usd !== "number" || typeof tokens !== "number") return;
  Object.assign(state, withMore(state, { usd, tokens }, commit.at));
  const known = state.persons.get(payer) ?? { total: noAmount, windows: undefined };
  state.persons.set(payer, withMore(known, { usd, tokens }, commit.at));
}

function withMore({ total, windows }: SpentSums, more: Amount, atMs: number): SpentSums {
  return { total: addAmount(total, more), windows: withSpent(windows, more, atMs) };
}

/** Amounts used in all, today and this month, in UTC. */
export function sumsNow(sums: SpentSums | undefined, nowMs: number): { total: Amount; day: Amount; month: Amount } {
  return { total: sums?.total ?? noAmount, ...spentNow(sums?.windows, nowMs, { countsGranted: true }) };
}

/** Why nothing may be spent for this payer at this moment; undefined: it may. Reservations are not counted. */
export function spendingHold(
  state: SpendingState,
  { payer, limits, nowMs }: { payer: string; limits: InstallationLimits; nowMs: number },
): SpendingHold | undefined {
  if (state.stop) return "stopped";
  const isUsedUp = (left: number | undefined) => left !== undefined && left <= 0;
  if (isUsedUp(usdLeftOf(limits.installation, sumsNow(state, nowMs)))) return "installation";
  return isUsedUp(usdLeftOf(limits.person, sumsNow(state.persons.get(payer), nowMs))) ? "person" : undefined;
}

/**
 * The rest of the accounts beyond a room that its payer's calls count against. Without a limit there is no account. The accounts have the same names in
 * every window, so that what is reserved over midnight counts on the day it is settled too.
 */
export function installationLeft(
  state: SpendingState,
  { payer, limits, nowMs }: { payer: string; limits: InstallationLimits; nowMs: number },
): AccountLeft[] {
  const installation = usdLeftOf(limits.installation, sumsNow(state, nowMs));
  const person = usdLeftOf(limits.person, sumsNow(state.persons.get(payer), nowMs));
  return [
    ...(person === undefined ? [] : [{ account: `person/${payer}`, usd: person }]),
    ...(installation === undefined ? [] : [{ account: "installation", usd: installation }]),
  ];
}

/** Names a hold so that a room is told of each once: a stop by its id, a limit by the window in which it is used up. */
export function holdIdOf(
  hold: SpendingHold,
  { state, limits, nowMs }: { state: SpendingState; limits: SpendingLimits; nowMs: number },
): string {
  if (hold === "stopped") return `stopped/${state.stop?.id ?? ""}`;
  const window = limits.usdPerDay === undefined ? `month-${monthIndexOf(nowMs)}` : `day-${dayIndexOf(nowMs)}`;
  return `${hold}/${window}`;
}

/** A state as plain JSON, and back. */
export function spendingToJson({ persons, ...state }: SpendingState): unknown {
  return { ...state, persons: [...persons] };
}

/** The state of a snapshot that `spendingToJson` made; the caller has compared the schema. */
export function spendingFromJson(stored: unknown): SpendingState {
  const state = stored as Omit<SpendingState, "persons"> & { persons: [string, SpentSums][] };
  return { ...state, persons: new Map(state.persons) };
}
