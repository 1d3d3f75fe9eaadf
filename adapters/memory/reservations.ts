import { emptyLedger, reserve, settleReservation } from "../../src/core/values/reservations.js";
import type { Reservations } from "../../src/ports/reservations.js";

/** Reservations of one process. */
export function createMemoryReservations(): Reservations {
  let ledger = emptyLedger;
  return {
    async reserve(request) {
      const made = reserve(ledger, request);
      ledger = made.ledger;
      return made.before;
    },
    async release(id) {
      ledger = settleReservation(ledger, id);
    },
  };
}
