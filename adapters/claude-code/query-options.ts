import type { Options } from "@anthropic-ai/claude-agent-sdk";
import type { AgentSpec } from "../../src/ports/agents.js";
import { isEffort, isMode } from "./choices.js";
import { gitEnvironment } from "./git-settings.js";
import type { ClaudeCodeAgentsOptions, ClaudeCodeRole } from "./options.js";
import { type AcceptedSetup, noSetup, setupOptions } from "./setup/accepted.js";
import { systemPromptOf } from "./system-prompt.js";
import { repositoryToPut } from "./work-folder.js";

/** This name never resolves: all calls go through the socket. */
const modelUrl = "http://model.parley.invalid";
const socketPath = "/run/parley/proxy.sock";
const defaultCompactWindowTokens = 200_000;

/** Turns off all traffic except model calls, and all turns without a prompt. */
const quiet: Readonly<Record<string, string>> = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_TELEMETRY: "1",
  DISABLE_ERROR_REPORTING: "1",
  DISABLE_AUTOUPDATER: "1",
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
  CLAUDE_CODE_DISABLE_BUNDLED_SKILLS: "1",
  CLAUDE_CODE_DISABLE_CRON: "1",
  CLAUDE_CODE_DISABLE_WORKFLOWS: "1",
  CLAUDE_CODE_DISABLE_CLAUDE_MDS: "1",
  ENABLE_TOOL_SEARCH: "false",
};

export interface QueryInput {
  spec: AgentSpec;
  role: ClaudeCodeRole;
  token: string;
  /** Folder beside its work that it may read without asking. */
  readableDir?: string | undefined;
  /** What it uses of the repository's own set-up. Default nothing. */
  setup?: AcceptedSetup;
  /** Folder in `readableDir` that is a plugin with its skills. */
  setupPlugin?: string | undefined;
  settings: Pick<
    ClaudeCodeAgentsOptions,
    "messagingSkill" | "defaultModel" | "env" | "repositoriesAt" | "proxyUrl" | "compactWindowTokens" | "skillsPlugin"
  >;
}

/** The options of a session without its transport. */
export function queryOptionsOf(input: QueryInput): Options {
  const { spec, role, token, readableDir, setup = noSetup, setupPlugin, settings } = input;
  const ofRepository = setupOptions(setup, setupPlugin);
  return {
    // Where it really is, the sandbox knows.
    pathToClaudeCodeExecutable: "claude",
    model: spec.model ?? role.model ?? settings.defaultModel,
    ...(isEffort(spec.effort) && { effort: spec.effort }),
    ...(isMode(spec.mode) && { permissionMode: spec.mode }),
    tools: [...role.tools.allow],
    disallowedTools: [...role.tools.deny],
    // No file the agent could write or was given counts as settings: neither the repository's nor those of its own home.
    settingSources: [],
    strictMcpConfig: true,
    ...(readableDir !== undefined && { additionalDirectories: [readableDir] }),
    plugins: pluginsOf(input),
    ...ofRepository.options,
    settings: {
      ...ofRepository.settings,
      autoMemoryEnabled: false,
      // A role with WebFetch may use the hosts on the room's egress list without a question.
      skipWebFetchPreflight: settings.proxyUrl !== undefined,
      permissions: { allow: [...role.tools.autoAllow], disableBypassPermissionsMode: "disable" },
    },
    systemPrompt: { type: "preset", preset: "claude_code", append: systemPromptOf(spec, { role, setup, ...settings }) },
    includePartialMessages: true,
    forwardSubagentText: true,
    extraArgs: { "replay-user-messages": null },
    env: {
      ...quiet,
      CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: "1",
      CLAUDE_CODE_MAX_RETRIES: "4",
      CLAUDE_CODE_AUTO_COMPACT_WINDOW: String(settings.compactWindowTokens ?? defaultCompactWindowTokens),
      ANTHROPIC_BASE_URL: modelUrl,
      ANTHROPIC_UNIX_SOCKET: socketPath,
      ANTHROPIC_API_KEY: token,
      ...gitEnvironmentOf(spec, settings.repositoriesAt),
      ...(settings.proxyUrl !== undefined && proxyEnv(settings.proxyUrl)),
      ...settings.env,
    },
  };
}

/** Folders with skills, for an agent whose role may look them up: the operator's and the repository's. */
function pluginsOf({ role, readableDir, setupPlugin, settings }: QueryInput): { type: "local"; path: string }[] {
  if (readableDir === undefined || !role.tools.allow.includes("Skill")) return [];
  const folders = [settings.skillsPlugin, setupPlugin].filter((folder) => folder !== undefined);
  return folders.map((folder) => ({ type: "local", path: `${readableDir}/${folder}` }));
}

function gitEnvironmentOf(spec: AgentSpec, at: string | undefined): Record<string, string> {
  const repository = repositoryToPut(spec, at);
  return repository && at !== undefined ? gitEnvironment(spec, { repository, at }) : {};
}

/** As the tools of this world ask for it: some know the one spelling, some the other. Claude Code's own calls go over the socket. */
function proxyEnv(proxyUrl: string): Record<string, string> {
  const direct = `127.0.0.1,localhost,${new URL(modelUrl).hostname}`;
  return {
    HTTPS_PROXY: proxyUrl,
    HTTP_PROXY: proxyUrl,
    NO_PROXY: direct,
    https_proxy: proxyUrl,
    http_proxy: proxyUrl,
    no_proxy: direct,
  };
}
