import type { Amount, ReservationRequest } from "../core/values/reservations.js";

/** Open reservations of model calls, shared by all processes that share the store. */
export interface Reservations {
  /**
   * Reserves on every account of the request or on none, in one step. Resolves to what others had reserved on each account, in the order of
   * the request, or to undefined when one account has no room. Rejects with a `PortError` when the store cannot be asked: the call MUST NOT go out then.
   */
  reserve(request: ReservationRequest): Promise<readonly Amount[] | undefined>;
  /** Ends a reservation. Idempotent; an unknown id is ignored. Rejects with a `PortError` when the store is away; the reservation then ends by itself in time. */
  release(id: string): Promise<void>;
}
