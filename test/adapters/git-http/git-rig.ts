import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGitRepositories, type GitRepositoriesOptions } from "../../../adapters/git-http/repositories.js";
import { createGitHubTokens } from "../../../adapters/github/tokens.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { repositoryOf } from "../../../src/core/values/repository.js";
import type { RefUpdate, RepositoryCaller } from "../../../src/ports/repositories.js";
import { createWebServer } from "../../../src/runtime/sandbox/web-server.js";
import { type GitHubEmulator, startGitHubEmulator } from "../../emulators/github/emulator.js";
import { realClock } from "../../support/stub-clock.js";

/** The output of a command, both streams together. */
export interface GitRun {
  code: number;
  output: string;
}

/** The real git on this side, Parley's repositories in the middle, real git behind an emulated GitHub on the other. */
export interface GitRig {
  github: GitHubEmulator;
  /** Of the room: `acme/widgets`. */
  url: string;
  caller: RepositoryCaller;
  pushed: RefUpdate[][];
  logged(): string;
  /** Where agents ask: `http://127.0.0.1:<port>`. */
  at: string;
  /** In a folder of its own, as the agent's sandbox has it configured. */
  git(...args: string[]): Promise<GitRun>;
  /** A shell there. */
  sh(script: string): Promise<GitRun>;
  dir: string;
  stop(): Promise<void>;
}

export async function createGitRig(
  more: Partial<GitRepositoriesOptions> & { withoutApp?: boolean } = {},
): Promise<GitRig> {
  const { withoutApp = false, ...options } = more;
  const github = await startGitHubEmulator();
  const url = await github.addRepository("acme/widgets", { "README.md": "Widgets\n", "src/a.txt": "one\n" });
  const dir = await mkdtemp(join(tmpdir(), "parley-git-"));
  const logger = createMemoryLogger();
  const { appId, privateKey, apiUrl, installation } = github;
  const app = { appId, privateKey, apiUrl, installationId: installation.id };
  const repositories = createGitRepositories({
    tokens: withoutApp ? undefined : createGitHubTokens({ ...app, clock: realClock }),
    spoolDir: spoolDirOf(dir),
    path: process.env.PATH ?? "",
    ownServer: { host: github.host, origin: `http://${github.host}` },
    clock: realClock,
    logger,
    ...options,
  });
  const pushed: RefUpdate[][] = [];
  const caller: RepositoryCaller = {
    roomId: "r1",
    agent: "coder",
    repository: repositoryOf(url),
    branchFolder: "parley/coder/",
    whyNoPush: undefined,
    onPushed: (updates) => void pushed.push([...updates]),
  };
  const server = createWebServer({
    handler: (request) => repositories.handle(request, caller),
    logger,
    agent: "coder",
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = environmentOf({ at, dir });
  return {
    github,
    url,
    caller,
    pushed,
    at,
    dir,
    logged: () => JSON.stringify(logger.records, (_key, value) => (value instanceof Error ? String(value) : value)),
    git: (...args) => runIn(dir, { command: "git", args, env }),
    sh: (script) => runIn(dir, { command: "sh", args: ["-ec", script], env }),
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await github.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export const spoolDirOf = (dir: string): string => join(dir, "spool");

function environmentOf({ at, dir }: { at: string; dir: string }): Record<string, string> {
  const config = [
    [`url.${at}/git/.insteadOf`, "https://"],
    ["user.name", "coder"],
    ["user.email", "coder@parley.invalid"],
    ["init.defaultBranch", "main"],
    ["credential.helper", ""],
  ];
  const pairs = config.flatMap(([key = "", value = ""], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    PATH: process.env.PATH ?? "",
    HOME: dir,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(pairs),
  };
}

function runIn(
  cwd: string,
  { command, args, env }: { command: string; args: string[]; env: Record<string, string> },
): Promise<GitRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (bytes: Buffer) => (output += bytes.toString()));
    child.once("error", reject).once("close", (code) => resolve({ code: code ?? -1, output }));
  });
}
