import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import { type AgentTools, createFunctionAgents } from "../../adapters/memory/agents.js";
import { createRandomIds } from "../../adapters/memory/ids.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import { createMemoryWakeups } from "../../adapters/memory/wakeups.js";
import type { AgentInput } from "../../src/ports/agents.js";
import { createRuntime, type Runtime, sha256 } from "../../src/runtime/runtime.js";

/** The runtime as a server has it, on LMDB in a folder of its own, with agents that are plain functions. */
export interface BenchRuntime {
  runtime: Runtime;
  dir: string;
  close(): Promise<void>;
}

export async function openBenchRuntime(
  behave: (input: AgentInput, tools: AgentTools) => void,
  options: { dir?: string; maxRooms?: number } = {},
): Promise<BenchRuntime> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "parley-bench-")));
  const clock = createSystemClock();
  const logger = createMemoryLogger({ maxRecords: 100 });
  const { eventLog, snapshots, close } = await openLmdb({ dir, log: logger });
  const runtime = createRuntime({
    eventLog,
    snapshots,
    wakeups: createMemoryWakeups({ clock, log: logger }),
    runtimes: { function: createFunctionAgents({ behave, sha256 }) },
    clock,
    ids: createRandomIds(),
    logger,
    node: "bench",
    onlyNode: true,
    turnIdleMs: 900_000,
    ...(options.maxRooms !== undefined && { maxRooms: options.maxRooms }),
  });
  runtime.start();
  return {
    runtime,
    dir,
    close: async () => {
      await runtime.stop();
      await close();
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}

export async function makeRoom(runtime: Runtime, roomId: string, agents: readonly string[]): Promise<void> {
  const executed = await runtime.rooms.execute(roomId, {
    type: "room.create",
    by: { kind: "admin" },
    name: roomId,
    owner: "mia",
    agents: agents.map((name) => ({ name, role: "agent", runtime: "function" })),
    policy: { loopGuard: false },
    invites: [],
  });
  if (executed.kind !== "accepted") throw new Error(`room not made: ${JSON.stringify(executed)}`);
}

let posted = 0;

export async function say(
  runtime: Runtime,
  roomId: string,
  { to, body }: { to: string[] | "room"; body: string },
): Promise<void> {
  const messageId = `bench-${posted++}`;
  await runtime.rooms.execute(roomId, {
    type: "message.post",
    by: { kind: "person", name: "mia" },
    messageId,
    body,
    to,
  });
}

/** 300 bytes. */
export const filler = "x".repeat(280);
