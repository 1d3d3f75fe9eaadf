import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAgentSdk } from "../../../../adapters/claude-code/agent-sdk.js";
import { createClaudeCodeAgents } from "../../../../adapters/claude-code/agents.js";
import { sandboxIdOf } from "../../../../adapters/claude-code/opening.js";
import type { ClaudeCodeAgentsOptions, ClaudeCodeRole } from "../../../../adapters/claude-code/options.js";
import { createMemoryLogger } from "../../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../../adapters/memory/system-clock.js";
import { createProcessSandboxes } from "../../../../adapters/process/sandboxes.js";
import type { Agents } from "../../../../src/ports/agents.js";
import type { Sandboxes } from "../../../../src/ports/sandboxes.js";
import type { Script } from "../../../emulators/anthropic/script.js";
import type { AnthropicEmulator } from "../../../emulators/anthropic/server.js";
import { findClaudeCode } from "../../../support/programs.js";
import { sha256 } from "../../../support/sha256.js";
import { type ServedGateway, serveGateway } from "../../anthropic/served-gateway.js";
import { obedientModel } from "./obedient-model.js";

/** The token of an agent in these tests. */
export const token = "agt-only-for-this-agent";

export const plainRole: ClaudeCodeRole = {
  guidance: "You do what you are told.",
  tools: { allow: ["Bash", "Read", "Write", "AskUserQuestion"], autoAllow: [], deny: [] },
};

export interface Rig {
  agents: Agents;
  /** Like a killed router and its successor: the sandboxes keep running without an owner. */
  restart(): Promise<{ agents: Agents; sandboxes: Sandboxes }>;
  sandboxes: Sandboxes;
  emulator: AnthropicEmulator;
  gateway: ServedGateway;
  logger: ReturnType<typeof createMemoryLogger>;
  /** Of the process sandboxes: where the agent of a session works and lives. */
  folderOf(session: { name: string; sessionId: string; roomId?: string }): { home: string; work: string };
  /** Every sandbox dies at once. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface RigOptions {
  script?: Script;
  /** A stream without a byte for this long is cut. */
  idleTimeoutMs?: number;
  /** Opens the sandboxes of one installation; may be called again. Default: processes of this host. */
  openSandboxes?: () => Sandboxes;
  /** Of those sandboxes. */
  command?: readonly string[];
  more?: Partial<ClaudeCodeAgentsOptions>;
}

/** The real Claude Code in sandboxes of processes (or those given), the real gateway and sockets, the emulated API behind them. */
export async function createRig({
  script = obedientModel,
  idleTimeoutMs,
  openSandboxes,
  command,
  more,
}: RigOptions = {}): Promise<Rig> {
  const dir = await mkdtemp(join(tmpdir(), "pc-"));
  const sdk = await loadAgentSdk({ cacheDir: dir, report: () => {} });
  const clock = createSystemClock();
  const logger = createMemoryLogger();
  const gateway = await serveGateway({
    emulator: { script },
    ...(idleTimeoutMs === undefined ? {} : { gateway: { idleTimeoutMs } }),
  });
  const processes = () => createProcessSandboxes({ dir, path: process.env.PATH ?? "", clock, logger });
  let sandboxes = (openSandboxes ?? processes)();
  const sockets = new Map<string, Promise<{ socketDir: string }>>();
  const socketDirOf = async ({ name }: { name: string }) => {
    const opened = sockets.get(name) ?? gateway.open(name, token);
    sockets.set(name, opened);
    return (await opened).socketDir;
  };
  const openAgents = () =>
    createClaudeCodeAgents({
      sdk,
      sandboxes,
      command: command ?? [findClaudeCode() ?? "claude"],
      roleOf: () => plainRole,
      messagingSkill: "Lines that start with @name are messages.",
      defaultModel: "claude-opus-5-5",
      socketDirOf,
      tokenOf: () => token,
      limits: { memoryMb: 1_024, cpus: 1, pids: 256 },
      clock,
      logger,
      sha256,
      ...more,
    });
  const removeAll = async (found: readonly { id: string }[], volumes: boolean) => {
    for (const { id } of found) await sandboxes.remove(id, { volumes });
  };
  return {
    agents: openAgents(),
    async restart() {
      await sandboxes.close();
      sandboxes = (openSandboxes ?? processes)();
      return { agents: openAgents(), sandboxes };
    },
    sandboxes,
    emulator: gateway.emulator,
    gateway,
    logger,
    folderOf: ({ roomId = "r1", name, sessionId }) => {
      const root = join(dir, sandboxIdOf({ roomId, name, sessionId }, sha256));
      return { home: join(root, "home"), work: join(root, "work") };
    },
    kill: async () => removeAll(await sandboxes.list(), false),
    async stop() {
      await removeAll(await sandboxes.list(), true);
      await removeAll(await sandboxes.homes(), true);
      await sandboxes.close();
      await gateway.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
