import { type AgentTools, createFunctionAgents } from "../../adapters/memory/agents.js";
import { createManualClock, type ManualClock } from "../../adapters/memory/clock.js";
import { createMemoryEventLog, type MemoryEventLog } from "../../adapters/memory/event-log.js";
import { createSeededIds } from "../../adapters/memory/ids.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createMemorySnapshots, type MemorySnapshots } from "../../adapters/memory/snapshots.js";
import { createMemoryWakeups } from "../../adapters/memory/wakeups.js";
import type { Command, CreateRoom, DecideGate } from "../../src/core/room/command.js";
import type { EventOf, EventType, RoomEvent } from "../../src/core/room/event.js";
import { agentReader } from "../../src/core/room/react.js";
import type { Room } from "../../src/core/room/room.js";
import type { AgentInput, Agents } from "../../src/ports/agents.js";
import type { Wakeups } from "../../src/ports/wakeups.js";
import { type Runtime, sha256 } from "../../src/runtime/node/runtime.js";
import type { Executed } from "../../src/runtime/rooms/live.js";
import { cutOff } from "./cut-off.js";
import { assembleMemoryRooms } from "./memory-parts.js";

export type Behaviours = Record<string, (input: AgentInput, tools: AgentTools) => void | Promise<void>>;

/** A router on memory adapters and a clock that moves when told; agents behave as their function says. */
export interface RouterFixture {
  runtime: Runtime;
  clock: ManualClock;
  log: MemoryEventLog;
  snapshots: MemorySnapshots;
  /** Runs everything that needs no time to pass. */
  settle(): Promise<void>;
  /** Moves the clock and settles, a second at a time. */
  pass(ms: number): Promise<void>;
  execute(command: Command): Promise<Executed>;
  /** A message of mia, the owner. */
  say(body: string, more?: Partial<Extract<Command, { type: "message.post" }>>): Promise<Executed>;
  decide(gate: EventOf<"gate.opened">, more: Pick<DecideGate, "action"> & Partial<DecideGate>): Promise<Executed>;
  events(): Promise<RoomEvent[]>;
  eventsOf<T extends EventType>(type: T): Promise<EventOf<T>[]>;
  look<T>(look: (room: Room) => T): Promise<T>;
  /** The inputs of each agent, in order. */
  handed: { agent: string; input: AgentInput }[];
  /** Wakes an agent's mailbox although nothing is stored. */
  wake(agent: string): Promise<void>;
  /** The process dies (nothing is written any more) and another one starts on the same log. */
  restart(): Promise<void>;
}

export const fixtureRoomId = "fixtureroom";

export async function createRouterFixture(options: {
  agents: Behaviours;
  room?: Partial<CreateRoom>;
  turnIdleMs?: number;
  /** How long an agent without a turn keeps its session open. */
  idleStopMs?: number;
  gates?: Record<string, "always" | "first">;
  /** Other processes may write to the same log. */
  shared?: boolean;
  /** Stands between the runtime and the agents. */
  between?: (agents: Agents) => Agents;
}): Promise<RouterFixture> {
  const { between = (agents) => agents } = options;
  const clock = createManualClock(1_700_000_000_000);
  const log = createMemoryEventLog();
  const snapshots = createMemorySnapshots();
  const handed: RouterFixture["handed"] = [];
  let wakeups: Wakeups | undefined;
  let life = 0;
  let messages = 0;
  const start = (): Runtime => {
    life += 1;
    const ownLife = life;
    const isAlive = () => ownLife === life;
    const behave = (input: AgentInput, tools: AgentTools) => {
      if (!isAlive()) return new Promise<void>(() => {});
      handed.push({ agent: tools.spec.name, input });
      return options.agents[tools.spec.name]?.(input, tools);
    };
    wakeups = createMemoryWakeups({ clock, log: createMemoryLogger() });
    const { runtime } = assembleMemoryRooms({
      eventLog: cutOff(log, isAlive),
      wakeups,
      snapshots: cutOff(snapshots, isAlive),
      runtimes: { function: between(createFunctionAgents({ behave, sha256 })) },
      clock,
      ids: createSeededIds(life),
      onlyNode: options.shared !== true,
      ...(options.turnIdleMs !== undefined && { turnIdleMs: options.turnIdleMs }),
      ...(options.idleStopMs !== undefined && { idleStopMs: { function: options.idleStopMs } }),
    });
    runtime.start();
    return runtime;
  };
  let runtime = start();

  const settle = async () => {
    for (let round = 0; round < 30; round++) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const execute = async (command: Command) => {
    const executed = await runtime.rooms.execute(fixtureRoomId, command);
    await settle();
    return executed;
  };
  const events = async () => {
    const entries = await log.read(`room/${fixtureRoomId}`);
    return entries.flatMap((entry) => (entry.kind === "commit" ? (entry.commit.events as RoomEvent[]) : []));
  };
  const names = Object.keys(options.agents);
  const agents = names.map((name) => {
    const gate = options.gates?.[name];
    return { name, role: "agent", runtime: "function", ...(gate && { gate }) };
  });
  await execute({
    type: "room.create",
    by: { kind: "admin" },
    name: "fixture",
    owner: "mia",
    agents,
    policy: {},
    invites: [],
    ...options.room,
  });

  return {
    get runtime() {
      return runtime;
    },
    clock,
    log,
    snapshots,
    settle,
    pass: async (ms) => {
      for (let left = ms; left > 0; left -= 1_000) {
        clock.advance(Math.min(1_000, left));
        await settle();
      }
    },
    execute,
    say: (body, more) => {
      messages += 1;
      return execute({
        type: "message.post",
        by: { kind: "person", name: "mia" },
        messageId: `m${messages}`,
        body,
        ...more,
      });
    },
    decide: (gate, more) =>
      execute({
        type: "gate.decide",
        by: { kind: "person", name: "mia" },
        gateId: gate.gateId,
        hash: gate.hash,
        opened: gate,
        messageId: `d-${gate.gateId}`,
        ...more,
      }),
    events,
    eventsOf: async <T extends EventType>(type: T) => {
      const ofType = (await events()).filter((event) => event.type === type);
      return ofType as EventOf<EventType>[] as EventOf<T>[];
    },
    look: (look) => runtime.rooms.peek(fixtureRoomId, look),
    handed,
    wake: async (agent) => {
      wakeups?.wake(agentReader(fixtureRoomId, agent));
      await settle();
    },
    restart: async () => {
      life += 1;
      runtime = start();
      await settle();
      await runtime.sweep.run();
      await settle();
    },
  };
}
