import { runtimeImageTag } from "../../adapters/docker/image/runtime-images.js";
import { openAiModels } from "../../adapters/openai/models.js";
import type { RuntimeDefinition } from "../core/roles/runtime-definition.js";

/**
 * Codex asks before it leaves its own sandbox. That sandbox cannot start inside a container without privileges, so that every command and every change is asked for
 * there. The profile `parley` is for roles that may only read: it has no sandbox of its own, and the work folder is mounted read-only.
 */
const codexConfig = `model = "{model}"
model_provider = "parley"
web_search = "disabled"
check_for_update_on_startup = false
default_permissions = "parley"

[features]
multi_agent = false

[analytics]
enabled = false

[model_providers.parley]
name = "Parley"
base_url = "{openai}"
env_key = "PARLEY_TOKEN"
wire_api = "responses"
requires_openai_auth = false
supports_websockets = false

[permissions.parley]
[permissions.parley.filesystem]
":root" = "write"
[permissions.parley.network]
enabled = true
`;

const codex: RuntimeDefinition = {
  name: "codex",
  kind: "acp",
  title: "Codex",
  description: "OpenAI's Codex CLI, through codex-acp",
  ...imageOf("codex"),
  command: ["codex-acp"],
  env: { PARLEY_TOKEN: "{token}", NO_BROWSER: "1", MODEL_PROVIDER: "parley", INITIAL_AGENT_MODE: "read-only" },
  homeFiles: { ".codex/config.toml": codexConfig },
  instructionsFile: ".codex/AGENTS.md",
  instructions:
    "Your commands run in a container of your own without network. Codex's sandbox cannot start in it: run commands with sandbox_permissions require_escalated, and say in justification what each is for.",
  namesItsMessages: true,
  providers: ["openai"],
  defaultModel: openAiModels.defaultModel,
  modeFor: { readOnly: "permission-profile:parley", writing: "read-only" },
  tools: "asks",
  limits:
    "A role without Bash still reads through commands; it cannot change its work folder, which is mounted read-only.",
};

const openCodeConfig = {
  $schema: "https://opencode.ai/config.json",
  model: "openai/{model}",
  small_model: "openai/{model}",
  autoupdate: false,
  share: "disabled",
  enabled_providers: ["openai"],
  provider: {
    openai: {
      npm: "@ai-sdk/openai",
      options: { baseURL: "{openai}", apiKey: "{token}" },
      models: { "{model}": { name: "{model}", limit: { context: 200_000, output: 16_000 } } },
    },
  },
  permission: { edit: "ask", bash: "ask", webfetch: "deny", websearch: "deny", task: "deny" },
};

const opencode: RuntimeDefinition = {
  name: "opencode",
  kind: "acp",
  title: "OpenCode",
  description: "OpenCode, which speaks the protocol itself",
  ...imageOf("opencode"),
  command: ["opencode", "acp"],
  env: { OPENCODE_DISABLE_AUTOUPDATE: "1", OPENCODE_DISABLE_MODELS_FETCH: "1", OPENCODE_DISABLE_LSP_DOWNLOAD: "1" },
  homeFiles: { ".config/opencode/opencode.json": JSON.stringify(openCodeConfig) },
  instructionsFile: ".config/opencode/AGENTS.md",
  providers: ["openai"],
  defaultModel: openAiModels.defaultModel,
  tools: "asks",
};

/** The ACP runtimes that Parley comes with. */
export const shippedRuntimes: readonly RuntimeDefinition[] = [codex, opencode];

function imageOf(runtime: string): { image?: string } {
  const image = runtimeImageTag(runtime);
  return image === undefined ? {} : { image };
}
