import type { SkillTools } from "../../core/roles/skill.js";
import type { Issue } from "../../core/room/rejection.js";

/** A runtime as people may see it. */
export interface RuntimeFacts {
  name: string;
  kind: "claude-code" | "acp" | "scripted";
  /** For people. */
  title: string;
  description?: string;
  image?: string;
  defaultModel?: string;
  models: string[];
  efforts: string[];
  modes: string[];
  /** Whose models it calls. */
  providers: ("anthropic" | "openai")[];
  /** `enforced`: a role's tools are the only ones; `asks`: it asks before it writes or runs something; `none`: nothing is limited. */
  tools: "enforced" | "asks" | "none";
  /** The limits of a role that it does not enforce, a sentence. */
  limits?: string;
  usable: boolean;
  /** Why not, a sentence. */
  whyNot?: string;
}

/** The facts about the runtimes, and the limits each holds a role to. */
export interface RuntimeRules {
  views: readonly RuntimeFacts[];
  /** Why a runtime cannot hold a role to its tools, a clause; undefined: it can, or nobody knows it here. */
  whyNotEnforced(runtime: string, tools: SkillTools): string | undefined;
  /** False: the models that roles name are not this runtime's. */
  takesRoleModels(runtime: string): boolean;
}

/** Nothing is known of any runtime. */
export const noRuntimeRules: RuntimeRules = { views: [], whyNotEnforced: () => undefined, takesRoleModels: () => true };

/** The problem with a role whose tools the runtime cannot hold it to. */
export function issuesOfTools(
  rules: RuntimeRules,
  { runtime, tools }: { runtime: string; tools: SkillTools | undefined },
): Issue[] {
  const why = tools && rules.whyNotEnforced(runtime, tools);
  return why === undefined ? [] : [{ path: ["runtime"], message: why }];
}
