import { readFileSync } from "node:fs";

/** Names one life of one process. Where the system has no /proc, only `pid` is known and the others are empty. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks after boot at which it started. */
  startTime: string;
  bootId: string;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** State letter and start time, fields 3 and 22 of /proc/<pid>/stat. Field 2 is a name that may hold spaces and brackets. */
function readStat(pid: number): { state: string; startTime: string } | undefined {
  const text = readText(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, startTime] = [fields[0], fields[19]];
  return state && startTime ? { state, startTime } : undefined;
}

const readBootId = (): string => readText("/proc/sys/kernel/random/boot_id").trim();

export function identifyThisProcess(): ProcessIdentity {
  return { pid: process.pid, startTime: readStat(process.pid)?.startTime ?? "", bootId: readBootId() };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Whether that very process still runs: not gone, not a zombie, not another one under the same number, not before a reboot. */
export function isAlive(process: ProcessIdentity): boolean {
  const bootId = readBootId();
  if (process.bootId !== "" && bootId !== "" && process.bootId !== bootId) return false;
  if (!exists(process.pid)) return false;
  const stat = readStat(process.pid);
  if (stat === undefined || process.startTime === "") return true;
  return stat.startTime === process.startTime && stat.state !== "Z" && stat.state !== "X";
}
