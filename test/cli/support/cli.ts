import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "./ensure-built.js";

/** The installed program. */
export const cliEntry = join(repositoryRoot, "dist", "src", "main.js");

/** A home of its own for the CLI: its data folder, its configuration, its working folder. */
export interface Home {
  folder: string;
  dataDir: string;
  env: Record<string, string>;
  remove(): Promise<void>;
}

export async function makeHome(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), "parley-cli-"));
  const dataDir = join(folder, "data");
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, "config"),
    PARLEY_DATA_DIR: dataDir,
    LANG: "C.UTF-8",
  };
  return { folder, dataDir, env, remove: () => rm(folder, { recursive: true, force: true }) };
}

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** Standard input. Default: no input. */
  input?: string;
}

/** A command that runs. */
export interface RunningCli {
  process: ChildProcess;
  out(): string;
  err(): string;
  ended: Promise<Ended>;
}

export function startCli(home: Home, args: readonly string[], options: RunOptions = {}): RunningCli {
  const child = spawn(process.execPath, [cliEntry, ...args], {
    cwd: home.folder,
    env: { ...home.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const ended = once(child, "close").then(() => ({ code: child.exitCode, out, err }));
  return { process: child, out: () => out, err: () => err, ended };
}

/** Runs one command to its end, with pipes. */
export function runCliProcess(home: Home, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return startCli(home, args, options).ended;
}
