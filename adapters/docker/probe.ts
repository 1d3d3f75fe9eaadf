import type { SandboxSpec } from "../../src/ports/sandboxes.js";
import { bytesOf, readOnlyMountPoint, socketMountPoint, volumeFolders } from "./container-config.js";

/** Seen from inside; the first path of each pair is of cgroup v2, the second of v1. */
const limitFiles = {
  memory: ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"],
  pids: ["/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"],
  cpu: ["/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"],
} as const;

const engineSockets = ["/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock"];

/** `/proc/1` is the main process (its init), `/proc/self` a process started beside it. */
const probedFiles = ["/proc/1/status", "/proc/self/status", "/proc/net/dev", "/proc/net/route", "/proc/self/mounts"];

/** Prints the name of each file before its lines; missing files are left out. */
const readCommand = ["head", "-v", "-n", "1000", ...probedFiles, ...Object.values(limitFiles).flat()];
/** Lists those that exist. */
const socketsCommand = ["ls", "-d", ...engineSockets];
/** Of a command whose sandbox ended under it. */
const killedCode = 137;
const writeCommand = ["touch", "/parley-probe"];

/** Runs a command in the sandbox. */
export type Run = (command: readonly string[]) => Promise<{ code: number; stdout: string }>;

/**
 * Checks the isolation of a running sandbox from inside by trying to break it; returns the names of the checks that fail. Rejects if nothing could be
 * checked, as when the sandbox ends just then.
 */
export async function probeIsolation(run: Run, spec: SandboxSpec): Promise<string[]> {
  const [files, sockets, write] = await Promise.all([run(readCommand), run(socketsCommand), run(writeCommand)]);
  const read = filesIn(files.stdout);
  if (read.size === 0 || write.code === killedCode) throw new Error("nothing could be looked at");
  return [
    ...processProblems(read.get("/proc/1/status"), "the main process"),
    ...processProblems(read.get("/proc/self/status"), "a started process"),
    ...networkProblems(read),
    ...mountProblems(read.get("/proc/self/mounts") ?? ""),
    ...limitProblems(read, spec),
    ...(sockets.stdout.split("\n").some((line) => engineSockets.includes(line)) ? ["no socket of the engine"] : []),
    ...(write.code === 0 ? ["the root is read-only"] : []),
  ];
}

/** The output of `head -v`, by path. */
export function filesIn(output: string): Map<string, string> {
  const parts = output.split(/^==> (.+) <==$/m);
  const files = new Map<string, string>();
  for (let index = 1; index < parts.length; index += 2) files.set(parts[index] ?? "", (parts[index + 1] ?? "").trim());
  return files;
}

function processProblems(status: string | undefined, who: string): string[] {
  if (status === undefined) return [`${who} can be looked at`];
  const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1]?.trim() ?? "?";
  const noCapability = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].every((name) => /^0+$/.test(field(name)));
  const isUser = ["Uid", "Gid"].every((name) =>
    field(name)
      .split(/\s+/)
      .every((id) => id === "1000"),
  );
  const checks: (readonly [string, boolean])[] = [
    [`${who} runs as user 1000`, isUser],
    [`${who} has no capabilities`, noCapability],
    [`${who} can gain no privileges`, field("NoNewPrivs") === "1"],
    [`${who} is under seccomp`, field("Seccomp") === "2"],
  ];
  return checks.filter(([, stands]) => !stands).map(([wall]) => wall);
}

function networkProblems(read: ReadonlyMap<string, string>): string[] {
  const devices = read.get("/proc/net/dev");
  const names = [...(devices ?? "").matchAll(/^\s*([^\s:|]+):/gm)].map((match) => match[1]);
  const routes = (read.get("/proc/net/route") ?? "").split("\n").slice(1);
  const isAlone = devices !== undefined && names.every((name) => name === "lo") && routes.length === 0;
  return isAlone ? [] : [`no network (found ${names.join(", ") || "nothing to look at"})`];
}

const writableMounts = new Set<string>([...Object.values(volumeFolders), "/tmp"]);

/** Everything that is a file system of the host or of the image is read-only, but for the volumes; `/tmp` starts no program. */
function mountProblems(mounts: string): string[] {
  const entries = mounts.split("\n").map((line) => {
    const [, at = "", type = "", options = ""] = line.split(" ");
    return { at, type, options: options.split(",") };
  });
  const of = (path: string) => entries.findLast(({ at }) => at === path);
  const problems = entries
    .filter(({ at, options }) => isOfHost(at) && options.includes("rw") && !writableMounts.has(at))
    .map(({ at }) => `${at} is read-only`);
  const tmp = of("/tmp")?.options ?? [];
  const tmpHolds = ["noexec", "nosuid", "nodev"].every((option) => tmp.includes(option));
  return [...(of("/") ? [] : ["the root can be looked at"]), ...problems, ...(tmpHolds ? [] : ["/tmp is noexec"])];
}

/** `/proc`, `/dev` and `/sys` are the kernel's and the container's own; files the engine makes lie in `/etc`. */
function isOfHost(at: string): boolean {
  if (at === "/" || at === socketMountPoint || at === readOnlyMountPoint) return true;
  return !/^\/(proc|dev|sys)(\/|$)/.test(at) && !/^\/etc\/(hosts|hostname|resolv\.conf)$/.test(at);
}

function limitProblems(read: ReadonlyMap<string, string>, { limits }: SandboxSpec): string[] {
  const value = (files: readonly string[]) => files.map((path) => read.get(path)).find((text) => text !== undefined);
  const memoryBytes = Number(value(limitFiles.memory));
  // The kernel rounds down to a page.
  const memoryHolds = Math.abs(bytesOf(limits.memoryMb) - memoryBytes) < 65_536;
  const cpuHolds = /^\d+/.test(value(limitFiles.cpu) ?? "");
  const checks: (readonly [string, boolean])[] = [
    ["the memory limit", memoryHolds],
    ["the process limit", value(limitFiles.pids) === String(limits.pids)],
    ["the CPU limit", cpuHolds],
  ];
  return checks.filter(([, stands]) => !stands).map(([wall]) => `${wall} (as seen from inside)`);
}
