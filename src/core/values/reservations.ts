/**
 * Reservations of calls whose cost is known only at their end. A call is admitted while what is spent and what is reserved stay below the
 * limit of every account it counts for; so an account is never overdrawn by more than one reservation, in whatever order calls end.
 */

/** US dollars and tokens of all kinds. */
export interface Amount {
  usd: number;
  tokens: number;
}

/** The rest of an account's limits before reservations are counted; an absent member has no limit. Zero or less: it is spent. */
export interface AccountLeft {
  account: string;
  usd?: number;
  tokens?: number;
}

/** A call that wants to be sent. */
export interface ReservationRequest {
  /** Unique among all calls. */
  id: string;
  /** The maximum cost of the call, as far as it can be estimated. */
  amount: Amount;
  accounts: readonly AccountLeft[];
}

/** Open reservations, and the calls that wait for one of them to end, in the order in which they came. */
export interface Ledger {
  open: ReadonlyMap<string, { amount: Amount; accounts: readonly string[] }>;
  waiting: readonly string[];
}

/** Nothing is reserved and no call waits. */
export const emptyLedger: Ledger = { open: new Map(), waiting: [] };

const nothing: Amount = { usd: 0, tokens: 0 };

/** True once an account is used up by what was really spent: no reservation that ends can change that. */
export function isSpent(accounts: readonly AccountLeft[]): boolean {
  return !hasRoom(accounts, []);
}

/** Whether every account has something left beyond what is reserved on it. `reserved` is in the order of `accounts`. */
export function hasRoom(accounts: readonly AccountLeft[], reserved: readonly Amount[]): boolean {
  return accounts.every(({ usd, tokens }, index) => {
    const taken = reserved[index] ?? nothing;
    return (usd === undefined || taken.usd < usd) && (tokens === undefined || taken.tokens < tokens);
  });
}

/** The sum of open reservations on an account. */
export function reservedOn(ledger: Ledger, account: string): Amount {
  let sum = nothing;
  for (const { amount, accounts } of ledger.open.values()) {
    if (accounts.includes(account)) sum = { usd: sum.usd + amount.usd, tokens: sum.tokens + amount.tokens };
  }
  return sum;
}

/** Reserves on every account or on none. `before`: what others had reserved on each; undefined when there was no room. */
export function reserve(
  ledger: Ledger,
  { id, amount, accounts }: ReservationRequest,
): { ledger: Ledger; before: readonly Amount[] | undefined } {
  const before = accounts.map(({ account }) => reservedOn(ledger, account));
  if (!hasRoom(accounts, before)) return { ledger, before: undefined };
  const open = new Map(ledger.open).set(id, { amount, accounts: accounts.map(({ account }) => account) });
  return { ledger: { open, waiting: ledger.waiting.filter((other) => other !== id) }, before };
}

/** The call has ended and its cost is counted as spent. Unknown ids change nothing. */
export function settleReservation(ledger: Ledger, id: string): Ledger {
  if (!ledger.open.has(id)) return ledger;
  const open = new Map(ledger.open);
  open.delete(id);
  return { ...ledger, open };
}

/** The call is given up, whether it waited or was sent. A call that was sent MUST be counted as spent first. */
export function abort(ledger: Ledger, id: string): Ledger {
  return { ...settleReservation(ledger, id), waiting: ledger.waiting.filter((other) => other !== id) };
}

/** The call waits behind those that wait already. */
export function wait(ledger: Ledger, id: string): Ledger {
  return ledger.waiting.includes(id) ? ledger : { ...ledger, waiting: [...ledger.waiting, id] };
}

/** All that wait try again, in their order. */
export function wake(ledger: Ledger): { ledger: Ledger; woken: readonly string[] } {
  return { ledger: { ...ledger, waiting: [] }, woken: ledger.waiting };
}
