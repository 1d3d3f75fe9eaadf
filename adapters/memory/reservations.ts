import { emptyLedger, reserve, settleReservation } from "../../src/core/values/reservations.js";
import type { Reservations } from "../../src/ports/reservations.js";

/**
 * Reservations of one process. `share`: the part of an account's remainder that it may reserve while other processes reserve without its knowledge;
 * default 1. One call at a time may always reserve while anything is left, so `1 / share` processes pass an account by one reservation each at most.
 */
export function createMemoryReservations({ share = 1 }: { share?: number } = {}): Reservations {
  let ledger = emptyLedger;
  return {
    async reserve(request) {
      const accounts = request.accounts.map(({ account, usd, tokens }) => ({
        account,
        ...(usd !== undefined && { usd: usd * share }),
        ...(tokens !== undefined && { tokens: tokens * share }),
      }));
      const made = reserve(ledger, { ...request, accounts });
      ledger = made.ledger;
      return made.before;
    },
    async release(id) {
      ledger = settleReservation(ledger, id);
    },
  };
}
