import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createAcpAgents } from "../../../../adapters/acp/agents.js";
import type { AcpAgentsOptions, AcpProgram, AcpRole } from "../../../../adapters/acp/options.js";
import { createMemoryLogger } from "../../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../../adapters/memory/system-clock.js";
import { createProcessSandboxes } from "../../../../adapters/process/sandboxes.js";
import type { Agents } from "../../../../src/ports/agents.js";
import type { Sandboxes } from "../../../../src/ports/sandboxes.js";
import type { AgentDriver } from "../../../contract/agent-driver.js";
import { sha256 } from "../../../support/sha256.js";

/** The token of an agent in these tests. */
export const acpToken = "agt-only-for-this-acp-agent";

export const writingRole: AcpRole = {
  guidance: "You do what you are told.",
  tools: { allow: ["Bash", "Read", "Write"], autoAllow: [], deny: [] },
};

/** A program of these tests, by its file beside this one. */
export function testProgram(file: string, more: Partial<AcpProgram> = {}): AcpProgram {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return { title: "The test agent", command: [process.execPath, path], env: {}, homeFiles: {}, ...more };
}

/** The bodies that the obedient agent obeys. */
export const acpCommands: Omit<AgentDriver, "crash"> = {
  say: (text) => JSON.stringify({ do: "say", text }),
  stream: (text) => JSON.stringify({ do: "stream", text }),
  work: () => JSON.stringify({ do: "work" }),
  report: () => JSON.stringify({ do: "report" }),
  askTool: () => JSON.stringify({ do: "askTool" }),
  askQuestion: () => JSON.stringify({ do: "askQuestion" }),
  fail: () => JSON.stringify({ do: "fail" }),
  hang: () => JSON.stringify({ do: "hang" }),
};

export interface AcpRig {
  agents: Agents;
  /** Like a killed router and its successor: the sandboxes keep running without an owner. */
  restart(): Promise<Agents>;
  /** Every sandbox dies at once. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  logger: ReturnType<typeof createMemoryLogger>;
}

/** ACP agents in processes of this host, or in the sandboxes given. */
export async function createAcpRig(
  options: {
    program?: AcpProgram;
    more?: Partial<AcpAgentsOptions>;
    /** Opens the sandboxes of one installation; may be called again. */
    openSandboxes?: () => Sandboxes;
  } = {},
): Promise<AcpRig> {
  const dir = await mkdtemp(join(tmpdir(), "pa-"));
  const clock = createSystemClock();
  const logger = createMemoryLogger();
  const processes = () => createProcessSandboxes({ dir: join(dir, "s"), path: process.env.PATH ?? "", clock, logger });
  const openSandboxes = options.openSandboxes ?? processes;
  let sandboxes = openSandboxes();
  const folderOf = async (kind: string, name: string) => {
    const path = join(dir, kind, name);
    await mkdir(path, { recursive: true });
    return path;
  };
  const openAgents = () =>
    createAcpAgents({
      program: options.program ?? testProgram("./obedient-agent.mjs"),
      sandboxes,
      roleOf: () => writingRole,
      instructionsOf: (_spec, role) => role.guidance,
      socketDirOf: ({ name }) => folderOf("sockets", name),
      tokenOf: () => acpToken,
      filesDirOf: ({ name }) => folderOf("files", name),
      limits: { memoryMb: 1_024, cpus: 1, pids: 256 },
      reportsUsage: false,
      clock,
      logger,
      sha256,
      ...options.more,
    });
  const removeAll = async (found: readonly { id: string }[], volumes: boolean) => {
    for (const { id } of found) await sandboxes.remove(id, { volumes });
  };
  return {
    agents: openAgents(),
    logger,
    async restart() {
      await sandboxes.close();
      sandboxes = openSandboxes();
      return openAgents();
    },
    kill: async () => removeAll(await sandboxes.list(), false),
    async stop() {
      await removeAll(await sandboxes.list(), true);
      await removeAll(await sandboxes.homes(), true);
      await sandboxes.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
