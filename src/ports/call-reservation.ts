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

/** Why a call may not be sent. `spent`: a budget is used up or the agent has left. `timeout`: calls under way held the rest of a budget for too long. */
export type ReservationRefusal = "spent" | "timeout";
