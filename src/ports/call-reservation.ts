import type { Usage } from "../core/room/event.js";

/** Tokens and US dollars of one model call, used or estimated. */
export type CallUsage = Usage & { model: string };

/** One call's share of the budgets, held until the call has ended. */
export interface CallReservation {
  /**
   * Ends the reservation with what the call really used; undefined: it never reached the model. Only the first call counts. Resolves once the
   * budgets count the usage: until then the gateway MUST NOT end the answer. Never rejects.
   */
  settle(usage: CallUsage | undefined): Promise<void>;
}

/**
 * Why an agent may not call the model at this moment. `spent`: its budget or its room's is used up, or it has left. `installation`, `person`: a limit of the whole
 * installation, or of the person whose room it is, is used up. `stopped`: all spending was stopped.
 */
export type SpendingRefusal = "spent" | "installation" | "person" | "stopped";

/** Why a call may not be sent. `timeout`: calls under way held the rest of a budget for too long. */
export type ReservationRefusal = SpendingRefusal | "timeout";
