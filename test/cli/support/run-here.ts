import { PassThrough } from "node:stream";
import { runCli } from "../../../src/cli/run.js";
import { parseConfig } from "../../../src/config.js";
import { backUp } from "../../../src/main/backup.js";
import { buildImage } from "../../../src/main/build-image.js";
import { chatSetups } from "../../../src/main/chat-setup.js";
import { databaseHealth } from "../../../src/main/database-health.js";
import { moveBetween } from "../../../src/main/move-log.js";
import { ownRoleProblems } from "../../../src/main/read-roles.js";
import { runtimeImages, runtimeProblems } from "../../../src/main/read-runtimes.js";
import { githubHealth } from "../../../src/main/repositories.js";
import { restore } from "../../../src/main/restore.js";
import type { Ended, Home, RunOptions } from "./cli.js";

type Parts = Parameters<typeof runCli>[0]["parts"];

const allParts = ["docker", "claude-code", "postgres", "redis", "github", "slack", "discord"];

/**
 * One command in this process with pipes, in a build with these optional parts (default: all). A process of its own takes a third of a second,
 * several on a busy machine; behaviour that needs a process is tested with one.
 */
export async function runCliHere(
  home: Home,
  argv: readonly string[],
  { env = {}, input = "", parts = allParts }: RunOptions & { parts?: readonly string[] } = {},
): Promise<Ended> {
  const [stdin, out, err] = [new PassThrough(), collected(), collected()];
  stdin.end(input);
  const code = await runCli({
    argv,
    env: { ...home.env, ...env },
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: out.stream as unknown as NodeJS.WriteStream,
    stderr: err.stream as unknown as NodeJS.WriteStream,
    cwd: home.folder,
    version: "0.1.0-test",
    signal: new AbortController().signal,
    parts: new Set(parts) as Parts,
    roleProblems: ownRoleProblems,
    runtimeProblems,
    runtimeImages,
    databaseHealth,
    moveLog: moveBetween,
    buildAgentImage: buildImage,
    backUp,
    restore,
    githubHealth,
    chatSetup: async (platform) => chatSetups[platform],
    envFileKeys: () => new Set(),
    chatPollMs: 10,
    configProblems: (given) => {
      const result = parseConfig(given);
      return result.ok ? [] : result.problems;
    },
  });
  return { code, out: out.text(), err: err.text() };
}

function collected(): { stream: PassThrough; text: () => string } {
  const stream = new PassThrough();
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return { stream, text: () => text };
}
