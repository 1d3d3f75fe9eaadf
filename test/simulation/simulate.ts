import { createManualClock } from "../../adapters/memory/clock.js";
import { type AppendFault, createMemoryEventLog } from "../../adapters/memory/event-log.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createMemorySnapshots } from "../../adapters/memory/snapshots.js";
import type { Command, NewAgent } from "../../src/core/room/command.js";
import type { RoomEvent } from "../../src/core/room/event.js";
import type { OpenGate } from "../../src/core/room/room.js";
import { loadRoom } from "../../src/runtime/rooms/load.js";
import { seededRandom } from "../support/seeded-random.js";
import { countRoom, type SimulationCounts } from "./counts.js";
import { beginOutage, newOutside } from "./outages.js";
import { newEngine } from "./sandboxed-agents.js";
import { anyNode, execute, type PlantedBug, pass, roomId, startNode, type World } from "./world.js";

export interface SimulationOptions {
  seed: number;
  steps: number;
  nodes: number;
  /** Whether engines, the provider and the store have outages. Default true. */
  hasOutages?: boolean;
  planted?: PlantedBug;
  /** Called at the end of the run. */
  onEnd?: (world: World) => Promise<void>;
}

/** Unix ms at which every run begins. */
export const startMs = 1_700_000_000_000;

const agents: NewAgent[] = [
  {
    name: "worker",
    role: "coder",
    runtime: "scripted",
    script: [
      {
        match: "^task (\\S+)",
        reply: "@checker check {1}\n@mia did {1}",
        delayMs: 700,
        work: [{ tool: "Edit", ms: 300 }],
      },
    ],
  },
  {
    name: "checker",
    role: "reviewer",
    runtime: "scripted",
    script: [
      {
        match: "^check (\\d*[02468])$",
        ask: { tool: "Bash", input: { command: "npm test" } },
        reply: "@mia checked {1}",
      },
      { match: "^check (\\S+)", reply: "@mia checked {1}", delayMs: 150 },
    ],
  },
  {
    name: "careful",
    role: "planner",
    runtime: "scripted",
    gate: "always",
    script: [{ match: "^task (\\S+)", ask: { question: "Which way?" }, reply: "@mia held {1}" }],
  },
];

const mia = { kind: "person", name: "mia" } as const;

/**
 * A whole installation in one process on a virtual clock: routers that crash and start again, a log that is down or loses its answer, wake-ups that
 * get lost or come twice, engines, a provider and a store with outages, people who write, decide and stop turns. The same seed gives the same run.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationCounts> {
  const { seed, steps, nodes, hasOutages = true } = options;
  const random = seededRandom(seed);
  const names = Array.from({ length: nodes }, (_, index) => `node-${index}`);
  const world: World = {
    clock: createManualClock(startMs),
    log: createMemoryEventLog(),
    snapshots: createMemorySnapshots(),
    random,
    nodes: [],
    seed,
    outside: newOutside(new Map(names.map((name) => [name, newEngine()]))),
    witnessed: { messages: new Map(), decisions: new Set(), writers: new Map(), crashes: new Map() },
    planted: options.planted ?? {},
  };
  world.nodes = names.map((name) => startNode(world, name, 0));
  await execute(world, {
    type: "room.create",
    by: { kind: "admin" },
    name: "simulated",
    owner: "mia",
    agents,
    policy: { loopGuard: false },
    invites: [],
  });
  world.log.planFaults((stream) => storeFault(world, stream));
  let [crashes, outages] = [0, 0];
  for (let step = 0; step < steps; step++) {
    const dice = random();
    if (dice < 0.3) await post(world, step);
    else if (dice < 0.5) await decideGates(world);
    else if (dice < 0.56) crashes += await crashOne(world);
    else if (dice < 0.57) await stopTurn(world);
    else if (hasOutages && dice < 0.64) outages += beginOutage(world.outside, { ...world, number: step }) ? 1 : 0;
    await pass(world, 50 + random() * 900);
  }
  world.log.planFaults((stream) => world.outside.storeFaults.get(stream.split("/")[0] ?? ""));
  const stuck = await settle(world);
  for (const node of world.nodes) await node.runtime.stop();
  await options.onEnd?.(world);
  return { crashes, outages, stuck, ...(await countRoom(world.log, roomId, world.witnessed)) };
}

function storeFault({ outside, random }: World, stream: string): AppendFault | undefined {
  const fault = outside.storeFaults.get(stream.split("/")[0] ?? "");
  if (fault || !stream.startsWith("room/")) return fault;
  const dice = random();
  if (dice < 0.02) return "answer-lost";
  return dice < 0.04 ? "unavailable" : undefined;
}

async function post(world: World, step: number): Promise<void> {
  const messageId = `m${step}`;
  const command: Command = {
    type: "message.post",
    by: mia,
    messageId,
    body: `task ${step}`,
    to: ["worker", "careful"],
    idempotencyKey: messageId,
    ...(world.random() < 0.02 && { class: "preempt" }),
  };
  for (let tries = 0; tries < 5; tries++) {
    const answer = await execute(world, command);
    if (answer?.kind === "rejected") return;
    if (answer) return void world.witnessed.messages.set(messageId, String(step));
  }
}

async function stopTurn(world: World): Promise<void> {
  const name = ["worker", "checker", "careful"][Math.floor(world.random() * 3)] ?? "";
  await execute(world, { type: "agent.interrupt", by: mia, name });
}

type SeenGate = Pick<OpenGate, "gateId" | "hash" | "kind"> & { opened: RoomEvent | undefined };

async function openGates(world: World): Promise<SeenGate[]> {
  const { rooms } = anyNode(world).runtime;
  let gates: SeenGate[] = [];
  void rooms
    .read(roomId, (room) => [...room.gates.values()])
    .then(async (open) => {
      const events = await Promise.all((open ?? []).map((gate) => rooms.eventsAt(roomId, gate.version)));
      gates = (open ?? []).map(({ gateId, hash, kind, index }, at) => ({
        gateId,
        hash,
        kind,
        opened: events[at]?.[index],
      }));
    });
  await pass(world, 50);
  return gates;
}

const actions = { question: "answer", tool: "allow", message: "approve", continue: "continue" } as const;

async function decideGates(world: World): Promise<number> {
  const gates = await openGates(world);
  for (const { gateId, hash, opened, kind } of gates) {
    if (opened?.type !== "gate.opened") continue;
    const body = kind === "question" ? { body: "left" } : {};
    const messageId = `answer-${gateId}`;
    const decision = { type: "gate.decide", by: mia, gateId, action: actions[kind], hash, opened, messageId } as const;
    const answer = await execute(world, { ...decision, ...body });
    if (answer?.kind === "accepted") world.witnessed.decisions.add(gateId);
  }
  return gates.length;
}

async function crashOne(world: World): Promise<number> {
  const node = anyNode(world);
  node.crash();
  await pass(world, world.random() * 2_000);
  world.nodes[world.nodes.indexOf(node)] = startNode(world, node.name, node.life + 1);
  return 1;
}

/** Passes time while people decide until nothing is open and no outage is left. Returns how many agents still have work after ten minutes. */
async function settle(world: World): Promise<number> {
  for (let round = 0; round < 120; round++) {
    const open = await decideGates(world);
    await pass(world, 5_000);
    const { gates, busy } = await inTheLog(world);
    if (open === 0 && gates === 0 && busy === 0 && round >= 12) return 0;
  }
  return (await inTheLog(world)).busy;
}

/** Open gates and busy agents by the log itself: a node may not have read the latest commits of another yet. */
async function inTheLog({ log }: World): Promise<{ gates: number; busy: number }> {
  const snapshots = createMemorySnapshots();
  const { room } = await loadRoom(roomId, { eventLog: log, snapshots, logger: createMemoryLogger() });
  const busy = room.agents.filter((name) => hasWork(room.participants.get(name))).length;
  return { gates: room.gates.size, busy };
}

function hasWork(participant: unknown): boolean {
  const { turn, waiting } = participant as { turn?: unknown; waiting: unknown[] };
  return turn !== undefined || waiting.length > 0;
}
