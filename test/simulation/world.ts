import type { ManualClock } from "../../adapters/memory/clock.js";
import type { MemoryEventLog } from "../../adapters/memory/event-log.js";
import { createSeededIds } from "../../adapters/memory/ids.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createMemoryWakeups } from "../../adapters/memory/wakeups.js";
import { createScriptedAgents } from "../../adapters/scripted/agents.js";
import type { Command } from "../../src/core/room/command.js";
import type { Agents } from "../../src/ports/agents.js";
import type { EventLog } from "../../src/ports/event-log.js";
import type { Snapshots } from "../../src/ports/snapshots.js";
import type { Wakeups } from "../../src/ports/wakeups.js";
import { type Runtime, sha256 } from "../../src/runtime/node/runtime.js";
import type { Executed } from "../../src/runtime/rooms/live.js";
import { cutOff } from "../support/cut-off.js";
import { assembleMemoryRooms } from "../support/memory-parts.js";
import type { Witnessed } from "./counts.js";
import type { Outside } from "./outages.js";
import { createSandboxedAgents, newEngine } from "./sandboxed-agents.js";

export const roomId = "simulation";

/** A defect in the wiring of every router: a port that does not keep its promise. */
export interface PlantedBug {
  agents?: (agents: Agents) => Agents;
  log?: (log: EventLog) => EventLog;
}

/** Everything that outlives a router. */
export interface World {
  clock: ManualClock;
  log: MemoryEventLog;
  snapshots: Snapshots;
  random: () => number;
  nodes: Node[];
  seed: number;
  outside: Outside;
  witnessed: Witnessed;
  planted: PlantedBug;
}

/** A router process. A crash cuts off its access to the world. */
export interface Node {
  name: string;
  life: number;
  runtime: Runtime;
  crash: () => void;
}

/** Starts a router under this name; `life` counts its starts. */
export function startNode(world: World, name: string, life: number): Node {
  let isAlive = true;
  const { clock, witnessed, planted } = world;
  const instance = `${name}.${life}`;
  const logger = createMemoryLogger({ maxRecords: 100 });
  const { log: wrapLog = same, agents: wrapAgents = same } = planted;
  const log = cutOff(wrapLog(signed(world.log, instance, witnessed)), () => isAlive);
  const { runtime } = assembleMemoryRooms({
    eventLog: log,
    snapshots: cutOff(world.snapshots, () => isAlive),
    wakeups: unreliable(createMemoryWakeups({ clock, log: logger }), world.random),
    runtimes: { scripted: wrapAgents(agentsOf(world, name)) },
    clock,
    ids: createSeededIds(world.seed * 1_000 + life * 10 + Number(name.slice(-1))),
    logger,
    node: name,
    instance,
    onlyNode: false,
    turnIdleMs: 60_000,
    maxRooms: 1,
  });
  runtime.start();
  const crash = () => {
    isAlive = false;
    witnessed.crashes.set(instance, clock.nowMs());
  };
  return { name, life, runtime, crash };
}

function same<Port>(port: Port): Port {
  return port;
}

/** Agents of a router that starts. None of the earlier router's agents keeps running. */
function agentsOf({ clock, outside }: World, node: string): Agents {
  const engine = outside.engines.get(node) ?? newEngine();
  outside.engines.set(node, engine);
  engine.sessions.clear();
  return createSandboxedAgents(createScriptedAgents({ clock, sha256 }), { engine, provider: outside.provider, clock });
}

/** Remembers which process wrote a commit. */
function signed(log: EventLog, instance: string, { writers }: Witnessed): EventLog {
  return {
    ...log,
    append(stream, commits) {
      for (const { id } of commits) writers.set(id, instance);
      return log.append(stream, commits);
    },
  };
}

/** Wake-ups that are sometimes lost or delivered twice. */
function unreliable(wakeups: Wakeups, random: () => number): Wakeups {
  return {
    ...wakeups,
    wake(reader, options) {
      const dice = random();
      if (dice < 0.05) return;
      wakeups.wake(reader, options);
      if (dice > 0.95) wakeups.wake(reader, { delayMs: 300 });
    },
  };
}

/** Advances the clock from one timer to the next. */
export async function pass(world: World, ms: number): Promise<void> {
  let left = ms;
  while (left > 0) {
    await quiet();
    const next = world.clock.untilNext() ?? left;
    const by = Math.min(left, Math.max(1, next));
    world.clock.advance(by);
    left -= by;
  }
  await quiet();
}

/** Runs everything that needs no time to pass. */
async function quiet(): Promise<void> {
  for (let round = 0; round < 12; round++) await new Promise<void>((resolve) => setImmediate(resolve));
}

export function anyNode(world: World): Node {
  return world.nodes[Math.floor(world.random() * world.nodes.length)] as Node;
}

/** A command as a person's client sends it. An unknown outcome counts as no answer. */
export async function execute(world: World, command: Command): Promise<Executed | undefined> {
  let answer: Executed | undefined;
  void anyNode(world)
    .runtime.rooms.execute(roomId, command)
    .then((executed) => (answer = executed))
    .catch(() => {});
  for (let tries = 0; tries < 40 && answer === undefined; tries++) await pass(world, 20);
  return answer;
}
