import type { Config } from "../config.js";
import { type RuntimeDefinition, whyRoleNotEnforced } from "../core/roles/runtime-definition.js";
import type { RuntimeRules } from "../runtime/roles/runtime-rules.js";
import { anthropicCredentialOf } from "./open-gateways.js";

/** The runtimes whose model there is a credential for. They run in containers alone. */
export function usableRuntimes(config: Config, definitions: readonly RuntimeDefinition[]): RuntimeDefinition[] {
  return definitions.filter((definition) => whyUnusable(config, definition) === undefined);
}

/** Why agents of a runtime cannot run here, a sentence; undefined: as far as the settings say, they can. */
function whyUnusable(config: Config, { name, providers = [] }: RuntimeDefinition): string | undefined {
  if (config.sandbox === "none" || config.sandbox === "process") {
    return `${name} runs in containers alone, and PARLEY_SANDBOX is ${config.sandbox}.`;
  }
  if (providers.includes("openai") && config.openaiApiKey === undefined) return "OPENAI_API_KEY is not set.";
  const hasAnthropic = anthropicCredentialOf(config) !== undefined;
  if (providers.includes("anthropic") && !hasAnthropic)
    return "Neither ANTHROPIC_API_KEY nor CLAUDE_CODE_OAUTH_TOKEN is set.";
  return undefined;
}

/** Every runtime as people may see it, those that cannot be used here too, and the limits each can hold a role to. */
export function runtimeViews(
  config: Config,
  { known, usable }: { known: readonly RuntimeDefinition[]; usable: readonly string[] },
): RuntimeRules {
  const own = known.map((definition) => {
    const { name, kind, title, description, image, models = [], efforts = [], modes = [], tools, limits } = definition;
    const why = usable.includes(name)
      ? undefined
      : (whyUnusable(config, definition) ?? "There is no engine for containers here.");
    return {
      name,
      kind,
      title: title ?? name,
      ...(description !== undefined && { description }),
      ...(image !== undefined && { image }),
      ...(definition.defaultModel !== undefined && { defaultModel: definition.defaultModel }),
      models,
      efforts,
      modes,
      providers: definition.providers ?? [],
      tools,
      ...(limits !== undefined && { limits }),
      usable: why === undefined,
      ...(why !== undefined && { whyNot: why }),
    };
  });
  const byName = new Map(known.map((definition) => [definition.name, definition]));
  return {
    views: [claudeCodeView(config, usable), ...own, scriptedView],
    whyNotEnforced(runtime, tools) {
      const definition = byName.get(runtime);
      return definition && whyRoleNotEnforced(definition, tools);
    },
    takesRoleModels: (runtime) => !byName.has(runtime),
  };
}

function claudeCodeView(config: Config, usable: readonly string[]) {
  const isUsable = usable.includes("claude-code");
  const why =
    anthropicCredentialOf(config) === undefined
      ? "Neither ANTHROPIC_API_KEY nor CLAUDE_CODE_OAUTH_TOKEN is set."
      : "There is no sandbox for it here.";
  return {
    name: "claude-code",
    kind: "claude-code" as const,
    title: "Claude Code",
    models: [],
    efforts: ["low", "medium", "high", "xhigh", "max"],
    modes: ["default", "acceptEdits", "plan"],
    providers: ["anthropic" as const],
    tools: "enforced" as const,
    usable: isUsable,
    ...(!isUsable && { whyNot: why }),
  };
}

const scriptedView = {
  name: "scripted",
  kind: "scripted" as const,
  title: "Scripted",
  description: "Follows rules, without a model",
  models: [],
  efforts: [],
  modes: [],
  providers: [],
  tools: "none" as const,
  usable: true,
};
