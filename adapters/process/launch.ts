import { execFile, spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { promisify } from "node:util";
import type { Clock } from "../../src/ports/clock.js";
import type { SandboxSpec } from "../../src/ports/sandboxes.js";
import {
  type Descriptors,
  type Folders,
  identify,
  openOutputs,
  type ProcessId,
  readPid,
  writeLabels,
  writeRecord,
} from "./run-folder.js";

const run = promisify(execFile);

/**
 * Runs between this process and the main one, so that the main process outlives a restart, and its exit code is kept. When the main process ends, its
 * children end too, as in a container.
 */
const keeper = `
run=$1; shift
exec 3<&0
"$@" <&3 3<&- &
child=$!
echo "$child" > "$run/pid.new" && mv "$run/pid.new" "$run/pid"
wait "$child"; code=$?
echo "$code" > "$run/exit.new" && mv "$run/exit.new" "$run/exit"
kill -s KILL 0`;

const pidPollMs = 5;
const maxPidPolls = 1_000;

export interface Launched {
  process: ProcessId;
  outputs: Descriptors;
}

export interface LaunchOptions {
  spec: SandboxSpec;
  folders: Folders;
  /** PATH of the main process. */
  path: string;
  clock: Clock;
}

/** Starts the main process with three named pipes and holds each of them open, so that a reader or writer that leaves ends neither the process nor its pipes. */
export async function launch({ spec, folders, path, clock }: LaunchOptions): Promise<Launched> {
  await rm(folders.run, { recursive: true, force: true });
  for (const folder of [folders.home, folders.work, folders.tmp, folders.run]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await writeLabels(folders, spec.labels);
  const { stdin, stdout, stderr } = folders.pipes;
  await run("mkfifo", ["-m", "600", stdin, stdout, stderr]);
  const outputs = openOutputs(folders);
  const stdio = [stdin, stdout, stderr].map((pipe) => openSync(pipe, constants.O_RDWR));
  const command = spec.command.map((word) => onThisHost(word, spec));
  const child = spawn("/bin/sh", ["-c", keeper, "sandbox", folders.run, ...command], {
    cwd: folders.work,
    env: { ...environmentOf(spec), PATH: path, HOME: folders.home, TMPDIR: folders.tmp },
    detached: true,
    stdio: [stdio[0], stdio[1], stdio[2]],
  });
  const failed = new Promise<never>((_, reject) => {
    child.once("error", reject);
  });
  failed.catch(() => {});
  child.unref();
  for (const descriptor of stdio) closeSync(descriptor);
  const main = await Promise.race([untilPid(folders, clock), failed]);
  const process: ProcessId = { keeper: identify(child.pid ?? 0), main };
  await writeRecord(folders, { labels: spec.labels, mounts: fixedSettings(spec), process });
  return { process, outputs };
}

async function untilPid(folders: Folders, clock: Clock): Promise<number> {
  for (let tries = 0; tries < maxPidPolls; tries++) {
    const pid = await readPid(folders);
    if (pid !== undefined) return pid;
    await new Promise<void>((resolve) => clock.after(pidPollMs, resolve));
  }
  throw new Error("its main process did not start within 5 s");
}

/** Settings that cannot be changed while the sandbox runs. */
export function fixedSettings({ socketDir = "", readOnlyDir = "" }: SandboxSpec): string {
  return JSON.stringify([socketDir, readOnlyDir]);
}

/** Nothing is mounted on the host: a path in the sandbox is said as the path it has here. */
function onThisHost(text: string, { socketDir, readOnlyDir }: SandboxSpec): string {
  if (socketDir !== undefined && isIn(text, "/run/parley")) return socketDir + text.slice("/run/parley".length);
  if (readOnlyDir !== undefined && isIn(text, "/parley")) return readOnlyDir + text.slice("/parley".length);
  return text;
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function environmentOf(spec: SandboxSpec): Record<string, string> {
  return Object.fromEntries(Object.entries(spec.env).map(([key, value]) => [key, onThisHost(value, spec)]));
}
