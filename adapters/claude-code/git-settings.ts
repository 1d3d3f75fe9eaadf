import { type Repository, repositoryUrl } from "../../src/core/values/repository.js";
import type { AgentSpec } from "../../src/ports/agents.js";

/**
 * Git settings for a sandbox, as environment variables: they override every file, and no file has to be kept. URLs of the room's repository,
 * over HTTPS or SSH, are rewritten to Parley's own endpoint.
 */
export function gitEnvironment(
  { name, roomId }: Pick<AgentSpec, "name" | "roomId">,
  { repository, at }: { repository: Repository; at: string },
): Record<string, string> {
  const { host, owner, name: repositoryName } = repository;
  const here = `${at}/${host}/${owner}/${repositoryName}`;
  const ssh = host.includes(":")
    ? []
    : [`git@${host}:${owner}/${repositoryName}`, `ssh://git@${host}/${owner}/${repositoryName}`];
  const settings: readonly (readonly [key: string, value: string])[] = [
    ...[repositoryUrl(repository), ...ssh].map((address) => [`url.${here}.insteadOf`, address] as const),
    // A proxy for other hosts is not asked for this one.
    [`http.${new URL(at).origin}/.proxy`, ""],
    ["credential.helper", ""],
    ["user.name", name],
    ["user.email", `${name}@${roomId}.parley.invalid`],
  ];
  const pairs = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(pairs) };
}
