import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { lstat, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The first steps of a new user: clone, install, start. */

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The parts of this process's environment that a person's shell would have. Nothing of `npm test` or vitest, no key, no setting of Parley. */
const ofAShell =
  /^(PATH|HOME|USER|LANG|LC_ALL|TMPDIR|\w+_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|npm_config_(registry|cache|userconfig|globalconfig))$/i;

function shellEnv(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [key, value] of Object.entries(process.env)) {
    if (value === undefined || !ofAShell.test(key)) continue;
    // The commands of this folder's dependencies must not replace those of the clone.
    const isPath = key.toUpperCase() === "PATH";
    env[key] = isPath
      ? value
          .split(":")
          .filter((folder) => !folder.includes("node_modules"))
          .join(":")
      : value;
  }
  return env;
}

/** Why the repository cannot be cloned here, or undefined: an archive without its history is not a fault. */
export function whyNoClone(): string | undefined {
  const { status, error, stdout } = spawnSync("git", ["rev-parse", "--show-cdup", "HEAD"], { cwd: root });
  if (error) return "no git on PATH";
  // The first line is the way up to the top of the repository: empty when this is it.
  return status === 0 && String(stdout).startsWith("\n") ? undefined : "no git history here";
}

/** Clones the last commit into `folder`. */
export async function cloneHead(folder: string): Promise<void> {
  await run("git", ["clone", "--quiet", root, folder], { cwd: root, timeoutMs: 60_000 });
}

/** The same, built with the dependencies installed here: installing them again would show nothing new. */
export async function cloneBuilt(folder: string): Promise<void> {
  await cloneHead(folder);
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await run("npm", ["run", "-s", "build"], { cwd: folder, timeoutMs: 120_000 });
}

/** Runs a command to its end and returns the milliseconds it took; rejects with its output when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, timeoutMs }: { cwd: string; timeoutMs: number },
): Promise<number> {
  const startedAt = performance.now();
  const child = start(command, args, { cwd, timeout: timeoutMs });
  const output = collect(child);
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (code === 0) return performance.now() - startedAt;
  const how = signal === null ? `ended with code ${code}` : `was ended by ${signal} (limit ${timeoutMs} ms)`;
  throw new Error(`${[command, ...args].join(" ")} ${how}\n${output.join("\n")}`);
}

export interface FirstRun {
  url: string;
  /** The one-time code of the link for people; "" when none was printed. */
  code: string;
  /** From the command to the printed address, ms. */
  readyMs: number;
  /** `performance.now()` when the address was printed. */
  readyAt: number;
  /** Asks the server to stop; the exit code of `npm start`. */
  stop(): Promise<number | null>;
}

/** `npm start`, or another command that serves, on a free port and a data folder. */
export async function npmStart(options: {
  cwd: string;
  dataDir: string;
  timeoutMs: number;
  command?: readonly [string, ...string[]];
}): Promise<FirstRun> {
  const startedAt = performance.now();
  const env = { PARLEY_PORT: "0", PARLEY_DATA_DIR: options.dataDir, PARLEY_LOG_LEVEL: "warn" };
  const [program, ...args] = options.command ?? ["npm", "start"];
  const npm = start(program, args, { cwd: options.cwd, env });
  const closed = once(npm, "close") as Promise<[number | null]>;
  const output = collect(npm);
  const link = lineOf(npm, /^Open http\S*\/#(\S+) /);
  const ready = lineOf(npm, /^parley ready (\{.*\})$/);
  const found = await inTime(Promise.race([ready, closed.then(() => undefined)]), options.timeoutMs);
  if (found === undefined) {
    npm.kill();
    throw new Error(`${program} printed no address within ${options.timeoutMs} ms\n${output.join("\n")}`);
  }
  const readyAt = performance.now();
  const { url, pid } = JSON.parse(found) as { url: string; pid: number };
  return {
    url,
    code: (await inTime(link, 10_000)) ?? "",
    readyMs: readyAt - startedAt,
    readyAt,
    stop: async () => {
      // npm passes signals to a shell that may not: signal the server itself.
      if (npm.exitCode === null) process.kill(pid, "SIGTERM");
      const [exitCode] = await closed;
      return exitCode;
    },
  };
}

/** Bytes a folder takes on the disk, a file with several names counted once. */
export async function bytesOnDisk(folder: string): Promise<number> {
  const blocks = new Map<string, number>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const { dev, ino, blocks: count } = await lstat(join(entry.parentPath, entry.name));
    blocks.set(`${dev}/${ino}`, count);
  }
  return [...blocks.values()].reduce((sum, count) => sum + count * 512, 0);
}

function start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn(command, args, {
    ...options,
    env: { ...shellEnv(), ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function collect(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    if (input) createInterface({ input }).on("line", (line) => lines.push(line));
  }
  return lines;
}

/** The first group of the first line of standard output that fits; never, when none does. */
function lineOf(child: ChildProcess, pattern: RegExp): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (!child.stdout) return resolve(undefined);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = pattern.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
}

function inTime<T>(wanted: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), timeoutMs);
    wanted.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
