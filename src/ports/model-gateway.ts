import type { Usage } from "../core/room/event.js";
import type { Health } from "./health.js";

/** The way from a sandbox to the model: swaps the agent's token for the real key, meters, and refuses beyond the budget. */
export interface ModelGateway {
  /**
   * Handles one request of an agent. MUST refuse (403, or 402 over budget; never 401) what is not an allowed route with this agent's token.
   * MUST report usage of aborted calls too. MUST cut a stream that stands still longer than its idle time-out.
   */
  handle(request: Request, caller: GatewayCaller): Promise<Response>;
  check(): Promise<Health>;
}

/** The agent that calls the model, and what it may spend. */
export interface GatewayCaller {
  roomId: string;
  agent: string;
  /** The token that is worth something only here. */
  token: string;
  /**
   * Whether the agent may call the model at this moment: it is in its room and within its budgets. The gateway MUST ask again after everything
   * that a call has waited for and MUST NOT keep an answer. Rejects when the room cannot be read; the call MUST NOT go out then.
   */
  isAllowed(): Promise<boolean>;
  /**
   * What a call used. Resolves once `isAllowed` counts it: until then the gateway MUST NOT let a call go ahead that waits for this one. Never rejects.
   */
  onUsage(usage: Usage & { model: string }): Promise<void>;
}
