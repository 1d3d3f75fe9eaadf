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

export interface GatewayCaller {
  roomId: string;
  agent: string;
  /** The token that is worth something only here. */
  token: string;
  /** False: over budget. Asked before every call. */
  maySpend(): boolean;
  onUsage(usage: Usage & { model: string }): void;
}
