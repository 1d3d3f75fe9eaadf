import type { ResolveSettings } from "../../core/room/agent-request.js";
import type { Issue } from "../../core/room/rejection.js";
import type { RoleCatalogue } from "./roles.js";
import { issuesOfTools, noRuntimeRules, type RuntimeRules } from "./runtime-rules.js";
import { type ChoicesOf, issuesOfWords } from "./runtime-words.js";

/** Settings by the roles there are and the runtimes that run here. */
export function createResolveSettings(options: {
  catalogue: RoleCatalogue;
  usable: () => readonly string[];
  choicesOf: ChoicesOf;
  /** Default: nothing is known of the runtimes. */
  rules?: RuntimeRules;
}): ResolveSettings {
  const { catalogue, choicesOf } = options;
  return (runtime, request) => {
    const issues = issuesOfWords(request, { runtime, choicesOf, usable: options.usable() });
    const role = request.role === undefined ? undefined : catalogue.find(request.role);
    if (request.role !== undefined) issues.push(...issuesOfRole(request.role, { role, runtime, catalogue }));
    issues.push(...issuesOfTools(options.rules ?? noRuntimeRules, { runtime, tools: role?.skill.tools }));
    if (issues.length > 0) return { kind: "issues", issues };
    if (!role) return { kind: "ok" };
    const script = runtime === "scripted" && role.demo ? { script: role.demo } : {};
    return { kind: "ok", role: role.skill.name, ...script };
  };
}

function issuesOfRole(
  wanted: string,
  { role, runtime, catalogue }: { role: ReturnType<RoleCatalogue["find"]>; runtime: string; catalogue: RoleCatalogue },
): Issue[] {
  const problem = (message: string): Issue[] => [{ path: ["role"], message }];
  if (!role || role.outdatedBy) {
    const why = catalogue.whyUnusable(wanted, "role");
    return problem(why ?? `there is no role ${wanted}; there are: ${[...catalogue.roles.keys()].join(", ") || "none"}`);
  }
  if (runtime !== "scripted" || role.demo) return [];
  const why = catalogue.whyUnusable(wanted, "demo script");
  return problem(why ?? `the role ${role.skill.name} has no demo script, and a scripted agent follows one`);
}
