import { constants, openSync, readFileSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** Folders of one sandbox. `run` goes with the sandbox, the others are its volumes. */
export interface Folders {
  home: string;
  work: string;
  tmp: string;
  run: string;
  pipes: { stdin: string; stdout: string; stderr: string };
  /** Output read from the pipes. */
  log: string;
  /** Labels of the volumes. */
  labels: string;
}

const processSchema = z.object({
  /** The process between; it writes the exit code. Leader of the group. */
  keeper: z.object({ pid: z.number(), startTime: z.string() }),
  main: z.number(),
});
const labelsSchema = z.record(z.string(), z.string());
const recordSchema = z.object({
  labels: labelsSchema,
  mounts: z.string(),
  process: processSchema,
});

export type ProcessId = z.infer<typeof processSchema>;
export type RunRecord = z.infer<typeof recordSchema>;

export function foldersOf(base: string, id: string): Folders {
  const root = join(base, id);
  const run = join(root, "run");
  const pipes = { stdin: join(run, "stdin"), stdout: join(run, "stdout"), stderr: join(run, "stderr") };
  return {
    home: join(root, "home"),
    work: join(root, "work"),
    tmp: join(root, "tmp"),
    run,
    pipes,
    log: join(run, "log"),
    labels: join(root, "labels.json"),
  };
}

export async function writeRecord(folders: Folders, record: RunRecord): Promise<void> {
  const path = join(folders.run, "sandbox.json");
  await writeFile(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Of the volumes, which outlive the run. */
export async function writeLabels(folders: Folders, labels: Record<string, string>): Promise<void> {
  await writeFile(folders.labels, JSON.stringify(labels), { mode: 0o600, flag: "wx" }).catch(unlessThere);
}

/** Empty: it has none, or is not a home. */
export async function readLabels(folders: Folders): Promise<Record<string, string>> {
  const text = await readFile(folders.labels, "utf8").catch(() => "{}");
  return labelsSchema.parse(JSON.parse(text));
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

/** Undefined: there is no such sandbox. */
export async function readRecord(folders: Folders): Promise<RunRecord | undefined> {
  const text = await readFile(join(folders.run, "sandbox.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : recordSchema.parse(JSON.parse(text));
}

export async function readPid(folders: Folders): Promise<number | undefined> {
  const text = await readFile(join(folders.run, "pid"), "utf8").catch(() => "");
  return text === "" ? undefined : Number(text);
}

/** State letter and start time of a process; undefined where the system has no /proc, or no such process. */
function statOf(pid: number): { state: string; startTime: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", startTime: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

export function identify(pid: number): ProcessId["keeper"] {
  return { pid, startTime: statOf(pid)?.startTime ?? "" };
}

/** Sends a signal; false if the process does not exist any more. A negative number names a group. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

export type RunState = "running" | "paused" | "exited";

/** The process id alone may belong to another process by now; together with the start time it cannot. */
export function stateOf({ keeper, main }: ProcessId): RunState {
  if (!signal(keeper.pid, 0)) return "exited";
  const stat = statOf(keeper.pid);
  if (stat === undefined) return "running";
  if (stat.startTime !== keeper.startTime || stat.state === "Z" || stat.state === "X") return "exited";
  return statOf(main)?.state === "T" ? "paused" : "running";
}

/** 128 and the number of SIGKILL where the keeper was killed before it could write. */
const killedCode = 137;

export function exitCodeOf(folders: Folders): number {
  try {
    return Number(readFileSync(join(folders.run, "exit"), "utf8"));
  } catch {
    return killedCode;
  }
}

/** Reading ends of a sandbox's output. */
export interface Descriptors {
  stdout: number;
  stderr: number;
}

/** MUST happen before or while a process holds the writing ends: unread data is lost when the last writer ends. */
export function openOutputs({ pipes }: Folders): Descriptors {
  const open = (path: string) => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { stdout: open(pipes.stdout), stderr: open(pipes.stderr) };
}
