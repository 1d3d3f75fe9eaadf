import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { dockerInstallation } from "../support/docker-installation.js";
import { openFleet, openPostgresFleet } from "../support/fleet.js";
import { type ParleyProcess, startParley } from "../support/parley-process.js";
import { dockerHasImage, findClaudeCode, findPostgres } from "../support/programs.js";
import type { SandboxKind } from "./sandboxes.js";

const run = promisify(execFile);

/** One process, or a fleet of two. */
export type TargetKind = "process" | "fleet";

/** An installation under attack. */
export interface Target {
  processes: readonly ParleyProcess[];
  /** Data folders of its processes. */
  dataDirs: readonly string[];
  /** Size of all storage of its rooms, bytes. */
  storedBytes(): Promise<number>;
  /** The largest resident size of a process so far, bytes. */
  mostMemoryBytes(): Promise<number>;
  /** All output of the processes. */
  output(): string;
  /** Processes that ended unexpectedly. */
  dead(): readonly string[];
  stop(): Promise<void>;
}

/** Where the agents of an attack can run on this machine. */
export function sandboxesHere(): SandboxKind {
  if (dockerHasImage()) return "docker";
  return findClaudeCode() === undefined ? "none" : "process";
}

/** Starts one process with a data folder, or two that share Redis and PostgreSQL (without PostgreSQL: a stream server). */
export async function openTarget(
  kind: TargetKind,
  { sandbox, env }: { sandbox: SandboxKind; env: Record<string, string> },
): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "parley-attack-"));
  const installation = dockerInstallation(folder);
  const endings: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  if (sandbox === "docker") endings.push(installation.remove);
  const all = {
    ...(sandbox === "docker" ? installation.env : { PARLEY_SANDBOX: sandbox }),
    ...env,
    ...nameServerEnv(env),
    PARLEY_LOG_LEVEL: "info",
  };
  try {
    if (kind === "process") {
      const dataDir = join(folder, "data");
      const server = await startParley({ dataDir, env: all });
      endings.push(() => server.kill("SIGTERM"));
      return targetOf({ processes: [server], dataDirs: [dataDir], folders: [dataDir], endings });
    }
    const fleet = findPostgres() === undefined ? await openFleet() : await openPostgresFleet();
    endings.push(fleet.stop);
    const dataDirs = ["one", "two"].map((name) => join(folder, name));
    const processes: ParleyProcess[] = [];
    for (const [index, name] of ["one", "two"].entries())
      processes.push(await fleet.start(name, { env: { ...all, PARLEY_DATA_DIR: dataDirs[index] ?? "" } }));
    // Processes stop before their servers do, so that they release their containers.
    endings.push(() => Promise.all(processes.map((one) => one.kill("SIGTERM"))));
    const shared = "postgres" in fleet ? [fleet.postgres.dataDir] : [];
    return targetOf({ processes, dataDirs, folders: [...dataDirs, ...shared], endings });
  } catch (error) {
    for (const end of endings.reverse()) await end().catch(() => {});
    throw error;
  }
}

/** Environment that resolves names with the attack's own name server. */
function nameServerEnv({ TEST_NAME_SERVER: at }: Record<string, string>): Record<string, string> {
  if (at === undefined) return {};
  return { NODE_OPTIONS: `--import ${fileURLToPath(new URL("../support/ask-name-server.mjs", import.meta.url))}` };
}

function targetOf(given: {
  processes: readonly ParleyProcess[];
  dataDirs: readonly string[];
  folders: readonly string[];
  endings: (() => Promise<unknown>)[];
}): Target {
  const { processes, dataDirs, folders, endings } = given;
  const last = new Map<number, number>();
  const lost = new Set<string>();
  /** The kernel records the peak resident size of each process (VmHWM). */
  async function look(): Promise<void> {
    for (const { pid } of processes) {
      const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
      const kilobytes = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0);
      if (kilobytes === 0) lost.add(`process ${pid} ended`);
      else last.set(pid, kilobytes * 1_024);
    }
  }
  return {
    processes,
    dataDirs,
    async storedBytes() {
      const { stdout } = await run("du", ["-sk", ...folders]).catch((error: { stdout: string }) => error);
      return stdout
        .trim()
        .split("\n")
        .reduce((sum, line) => sum + Number(line.split("\t")[0]) * 1_024, 0);
    },
    async mostMemoryBytes() {
      await look();
      return Math.max(0, ...last.values());
    },
    output: () => processes.map((one) => one.output()).join("\n"),
    dead: () => [...lost],
    async stop() {
      for (const end of endings.splice(0).reverse()) await end();
    },
  };
}
