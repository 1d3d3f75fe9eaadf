import type { ScriptRule } from "../values/script.js";
import type { NewAgent } from "./command.js";
import type { Budget, GatePolicy } from "./policy.js";
import type { Issue } from "./rejection.js";

/** An agent as a person requests it. Absent members are filled in from its role and the usable runtimes. */
export interface AgentRequest {
  name: string;
  displayName?: string | undefined;
  role?: string | undefined;
  runtime?: string | undefined;
  script?: ScriptRule[] | undefined;
  prompt?: string | undefined;
  gate?: GatePolicy | undefined;
  model?: string | undefined;
  budget?: Budget | undefined;
}

/** The agent with every choice made, or the problem with the request. */
export type ResolvedAgent = { kind: "ok"; agent: NewAgent } | { kind: "issues"; issues: Issue[] };
/** Fills in the role, runtime and script that a request leaves open. Paths of issues are relative to the agent. */
export type ResolveAgent = (request: AgentRequest) => ResolvedAgent;
