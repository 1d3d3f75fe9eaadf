import type { AcpProgram } from "../../adapters/acp/options.js";
import type { ClaudeCodeAgentsOptions } from "../../adapters/claude-code/options.js";
import { type RuntimeDefinition, whyRoleNotEnforced } from "../core/roles/runtime-definition.js";
import type { Agents } from "../ports/agents.js";

/** The parts of Claude Code's wiring that every runtime in a sandbox shares. */
export type SharedByRuntimes = Omit<ClaudeCodeAgentsOptions, "sdk">;

/** ACP agents by the names of their runtimes, in containers. Modules are loaded only if there is one. */
export async function openAcpRuntimes(
  definitions: readonly RuntimeDefinition[],
  at: { socketUrl: string },
): Promise<(shared: SharedByRuntimes) => Record<string, Agents>> {
  if (definitions.length === 0) return () => ({});
  const { createAcpAgents } = await import("../../adapters/acp/agents.js");
  const { systemPromptOf } = await import("../../adapters/claude-code/system-prompt.js");
  const { createWorkFolder, repositoryToPut } = await import("../../adapters/claude-code/work-folder.js");
  const { gitEnvironment } = await import("../../adapters/claude-code/git-settings.js");
  return (shared) => {
    const { repositoriesAt, proxyUrl, filesDirOf, clock, logger } = shared;
    const open = (definition: RuntimeDefinition): Agents =>
      createAcpAgents({
        ...shared,
        program: programOf(definition, at),
        filesDirOf: filesDirOf ?? (() => Promise.reject(new Error("agents of this runtime need a folder of files"))),
        whyNotEnforced: ({ tools }) => whyRoleNotEnforced(definition, tools),
        instructionsOf: (spec, role) =>
          [systemPromptOf(spec, { role, ...shared }), definition.instructions ?? ""].join("\n\n").trim(),
        workOf(spec, role) {
          const repository = repositoryToPut(spec, repositoriesAt);
          return repository && createWorkFolder({ spec, repository, role, clock, logger });
        },
        envOf(spec) {
          const repository = repositoryToPut(spec, repositoriesAt);
          const git =
            repository && repositoriesAt !== undefined ? gitEnvironment(spec, { repository, at: repositoriesAt }) : {};
          return { ...git, ...(proxyUrl !== undefined && proxyEnvironment(proxyUrl)) };
        },
        reportsUsage: false,
      });
    return Object.fromEntries(definitions.map((definition) => [definition.name, open(definition)]));
  };
}

/** The adapter's view of a definition, with the addresses of the gateways in place of their names. */
export function programOf(definition: RuntimeDefinition, { socketUrl }: { socketUrl: string }): AcpProgram {
  const filled = (values: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        key,
        value.replaceAll("{openai}", `${socketUrl}/openai/v1`).replaceAll("{anthropic}", socketUrl),
      ]),
    );
  const { name, title = name, command, image, instructionsFile, namesItsMessages, authMethod, modeFor } = definition;
  const { defaultModel, efforts = [], modes = [] } = definition;
  const choices = efforts.length + modes.length > 0 ? { choices: { efforts, modes } } : {};
  const { env, homeFiles } = definition;
  return {
    title,
    command,
    image,
    env: filled(env),
    homeFiles: filled(homeFiles),
    instructionsFile,
    namesItsMessages,
    authMethod,
    modeFor,
    defaultModel,
    ...choices,
  };
}

/** As the tools of this world ask for it: some know the one spelling, some the other. */
function proxyEnvironment(proxyUrl: string): Record<string, string> {
  const direct = "127.0.0.1,localhost";
  const both = { HTTPS_PROXY: proxyUrl, HTTP_PROXY: proxyUrl, NO_PROXY: direct };
  const lower = Object.entries(both).map(([key, value]) => [key.toLowerCase(), value]);
  return { ...both, ...Object.fromEntries(lower) };
}
