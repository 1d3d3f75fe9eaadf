import { join } from "node:path";
import { createGitRepositories } from "../../adapters/git-http/repositories.js";
import { gitHostOf, gitOriginOf } from "../../adapters/github/git-host.js";
import { createGitHubTokens } from "../../adapters/github/tokens.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import { type Config, parseConfig, settings } from "../config.js";
import type { Clock } from "../ports/clock.js";
import type { Health } from "../ports/health.js";
import type { Logger } from "../ports/logger.js";
import type { Repositories } from "../ports/repositories.js";
import type { RepositoryTokens } from "../ports/repository-tokens.js";

export interface OpenedRepositories {
  repositories: Repositories;
  checks: Record<string, () => Promise<Health>>;
}

/** The way to the rooms' repositories, with the GitHub App where one is configured. */
export function openRepositories(
  config: Config,
  { dataDir, path, clock, logger }: { dataDir: string; path: string; clock: Clock; logger: Logger },
): OpenedRepositories {
  const tokens = tokensOf(config, clock);
  const { githubApiUrl: apiUrl } = config;
  const isNamed = apiUrl !== settings.githubApiUrl.default;
  const ownServer = isNamed ? { host: gitHostOf(apiUrl), origin: gitOriginOf(apiUrl) } : undefined;
  return {
    repositories: createGitRepositories({
      tokens,
      ownServer,
      folders: config.repositoryDirs ?? [],
      path,
      spoolDir: join(dataDir, "held-pushes"),
      clock,
      logger,
    }),
    checks: tokens ? { github: () => tokens.check() } : {},
  };
}

/** For `parley doctor`. Undefined: no App is configured, or not in a way that can be used. */
export async function githubHealth(env: Readonly<Record<string, string | undefined>>): Promise<Health | undefined> {
  const parsed = parseConfig(env);
  return parsed.ok ? tokensOf(parsed.config, createSystemClock())?.check() : undefined;
}

function tokensOf(config: Config, clock: Clock): RepositoryTokens | undefined {
  const { githubAppId: appId, githubAppPrivateKey: privateKey, githubAppInstallationId: installationId } = config;
  if (appId === undefined || privateKey === undefined || installationId === undefined) return undefined;
  return createGitHubTokens({ appId, privateKey, installationId, apiUrl: config.githubApiUrl, clock });
}
