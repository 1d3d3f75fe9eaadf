import type { Command } from "../../core/room/command.js";
import type { Decision } from "../../core/room/decide/decision.js";
import type { RunnerOptions } from "./runner.js";
import type { RunnerState } from "./runner-state.js";
import type { AgentSession } from "./session.js";

/** What the parts of one runner share. */
export interface RunnerParts {
  readonly options: RunnerOptions;
  /** What the runner does now. Each part replaces it by a transition of `runner-state`. */
  state: RunnerState;
  readonly session: AgentSession;
  /** Resolves when the room has decided; what is stored later and fails stops the agent. */
  submit(command: Command): Promise<Decision>;
}
