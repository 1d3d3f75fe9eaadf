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
  /** Standing instructions. */
  prompt?: string | undefined;
  /** Its first message, from the person who adds it. */
  initialPrompt?: string | undefined;
  gate?: GatePolicy | undefined;
  model?: string | undefined;
  effort?: string | undefined;
  mode?: string | undefined;
  budget?: Budget | undefined;
}

/** The agent with every choice made, or the problem with the request. */
export type ResolvedAgent = { kind: "ok"; agent: NewAgent } | { kind: "issues"; issues: Issue[] };
/** Fills in the role, runtime and script that a request leaves open. Paths of issues are relative to the agent. */
export type ResolveAgent = (request: AgentRequest) => ResolvedAgent;

/** Settings of an agent as a person asks for them, as far as roles and runtimes have to say whether they are usable. */
export interface SettingsRequest {
  role?: string | undefined;
  effort?: string | undefined;
  mode?: string | undefined;
}

/** The settings as the room takes them (`script`: of a scripted agent's new role), or what is wrong with them. */
export type ResolvedSettings =
  | { kind: "ok"; role?: string; script?: ScriptRule[] }
  | { kind: "issues"; issues: Issue[] };

/** Judges new settings of an agent that is there. */
export type ResolveSettings = (runtime: string, request: SettingsRequest) => ResolvedSettings;

/** The agent with its first message, where it is to have one. */
export function withInitial(
  agent: NewAgent,
  { body, messageId }: { body: string | undefined; messageId: string },
): NewAgent {
  return body === undefined ? agent : { ...agent, initial: { messageId, body } };
}
