import { spawn } from "node:child_process";
import type { Clock } from "../../src/ports/clock.js";

/** Git could not do what was asked. `missing`: there is no Git on this machine. `failed`: it ended with an error, `message` is the end of what it said. */
export class GitError extends Error {
  constructor(
    readonly reason: "missing" | "timeout" | "failed",
    message: string,
  ) {
    super(message);
  }
}

/** One run of Git. */
export interface GitCall {
  /** PATH, where Git is looked for. */
  path: string;
  /** The only repository it sees. Absent: none, as for `init`. */
  gitDir?: string;
  args: readonly string[];
  input?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Bytes of standard output; Git is stopped beyond it. Default 1 MiB. */
  maxOutputBytes?: number;
  timeoutMs: number;
  clock: Clock;
  /** Stops Git early, as a timeout does. */
  signal?: AbortSignal;
}

/** Standard output, and whether more would have come. */
export interface GitOutput {
  output: Buffer;
  isCut: boolean;
}

const mebibyte = 1_048_576;
const maxErrorChars = 300;

/**
 * Settings of every run. Nothing that a repository or a machine has configured starts a program: no hook, monitor, pager, editor, alias, transport or helper for credentials.
 * Attributes name drivers of which none is configured, and large files are not compared (git-config(1)).
 */
const settings: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.attributesFile", "/dev/null"],
  ["core.excludesFile", "/dev/null"],
  ["core.pager", "cat"],
  ["core.sshCommand", "/bin/false"],
  ["core.bigFileThreshold", "4m"],
  ["core.packedGitLimit", "256m"],
  ["core.deltaBaseCacheLimit", "32m"],
  ["core.alternateRefsCommand", "true"],
  ["credential.helper", ""],
  ["diff.external", ""],
  ["diff.ignoreSubmodules", "all"],
  ["fetch.recurseSubmodules", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["pack.threads", "1"],
  ["protocol.allow", "never"],
  ["safe.bareRepository", "explicit"],
  ["submodule.recurse", "false"],
  ["transfer.fsckObjects", "true"],
];

/** Runs Git with an environment of Parley's own, in no shell. Rejects with a `GitError`. */
export function runGit(call: GitCall): Promise<GitOutput> {
  const { args, input = [], maxOutputBytes = mebibyte, timeoutMs, clock, signal } = call;
  return new Promise((resolve, reject) => {
    const child = spawn("git", [...args], { cwd: "/", env: environmentOfGit(call), detached: true });
    const kill = () => {
      // With what it started; it may have ended already.
      if (child.pid !== undefined && child.exitCode === null) tryKill(-child.pid);
    };
    const chunks: Buffer[] = [];
    let [bytes, said, isLate] = [0, "", false];
    const stop = () => {
      isLate = true;
      kill();
    };
    const cancel = clock.after(timeoutMs, stop);
    signal?.addEventListener("abort", stop, { once: true });
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > maxOutputBytes) kill();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-maxErrorChars);
    });
    void feed(child.stdin, input);
    child.once("error", () => {
      cancel();
      reject(new GitError("missing", "Git cannot be run on this machine"));
    });
    child.once("close", (code) => {
      cancel();
      signal?.removeEventListener("abort", stop);
      const isCut = bytes > maxOutputBytes;
      if (isLate) reject(new GitError("timeout", "Git took too long"));
      else if (code !== 0 && !isCut) reject(new GitError("failed", said.trim()));
      else resolve({ output: Buffer.concat(chunks).subarray(0, maxOutputBytes), isCut });
    });
  });
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Git may end before it has read all. */
async function feed(to: NodeJS.WritableStream, input: Required<GitCall>["input"]): Promise<void> {
  to.on("error", () => {});
  try {
    for await (const chunk of input) {
      if (!to.write(chunk)) await new Promise((resolve) => to.once("drain", resolve).once("close", resolve));
    }
  } catch {
    // Git notices itself that its input is not whole.
  }
  to.end();
}

/** Everything Git gets to know, with `more` settings. `path`: where programs are found; `gitDir`: the only repository it sees. */
export function environmentOfGit(
  { path, gitDir }: Pick<GitCall, "path" | "gitDir">,
  more: readonly (readonly [string, string])[] = [],
): Record<string, string> {
  const all = [...settings, ...more];
  const pairs = all.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    PATH: path,
    HOME: "/nonexistent",
    LC_ALL: "C",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_CONFIG_COUNT: String(all.length),
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    ...(gitDir !== undefined && { GIT_DIR: gitDir }),
    ...Object.fromEntries(pairs),
  };
}
