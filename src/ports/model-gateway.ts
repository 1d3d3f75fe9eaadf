import type { CallReservation, CallUsage, ReservationRefusal, SpendingRefusal } from "./call-reservation.js";
import type { Health } from "./health.js";

/** The way from a sandbox to the model: swaps the agent's token for the real key, meters, and refuses beyond the budget. */
export interface ModelGateway {
  /**
   * Handles one request of an agent. MUST refuse other routes and tokens (403, or 402 over budget; never 401).
   * MUST report the usage of aborted calls too. MUST cut a stream that is silent for longer than its idle time-out.
   */
  handle(request: Request, caller: GatewayCaller): Promise<Response>;
  check(): Promise<Health>;
}

/** Features that the content of an agent's calls may use. */
export interface AllowedContent {
  /** Model ids, or names of families such as `sonnet`. */
  models: readonly string[];
  /** Features of the provider's own servers: entries of the policy's `providerAccess`. */
  providerAccess: readonly string[];
}

/** Something in a call that the gateway did not pass on. */
export interface BlockedContent {
  /** `refused`: the call was not sent. `dropped`: it was sent without this. */
  outcome: "refused" | "dropped";
  /** The kind of content, in the gateway's words. */
  what: string;
  /** Its name as the agent wrote it, at most 80 visible ASCII characters. */
  name: string;
}

/** The agent that calls the model, and its budget. */
export interface GatewayCaller {
  roomId: string;
  agent: string;
  /** The token that is worth something only here. */
  token: string;
  /**
   * Why the agent may not call the model at this moment; undefined: it may. The gateway MUST ask again after everything that a call has waited for and MUST NOT
   * keep an answer. Rejects when the room cannot be read; the call MUST NOT go out then.
   */
  refusal(): Promise<SpendingRefusal | undefined>;
  /** Counts one call against the agent's calls a minute. Undefined: it may go on; else the ms after which another may, and this one MUST NOT. */
  countCall(): Promise<number | undefined>;
  /**
   * Reserves what a call can cost at most. MUST be called before the call is sent, once everything else it waits for has come. Waits while calls
   * under way hold the rest of a budget. Rejects when the room cannot be read, and when `signal` fires; the call MUST NOT go out then.
   */
  reserve(estimate: CallUsage, signal: AbortSignal): Promise<CallReservation | ReservationRefusal>;
  /** Features the agent's calls may use at this moment. Rejects when the room cannot be read. */
  allowedContent(): Promise<AllowedContent>;
  /** Tells the room, once for each thing. Never throws. */
  onBlocked(blocked: BlockedContent): void;
}
