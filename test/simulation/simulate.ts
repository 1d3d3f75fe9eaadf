import { createManualClock, type ManualClock } from "../../adapters/memory/clock.js";
import { createMemoryEventLog, type MemoryEventLog } from "../../adapters/memory/event-log.js";
import { createSeededIds } from "../../adapters/memory/ids.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createMemorySnapshots } from "../../adapters/memory/snapshots.js";
import { createMemoryWakeups } from "../../adapters/memory/wakeups.js";
import { createScriptedAgents } from "../../adapters/scripted/agents.js";
import type { Command, NewAgent } from "../../src/core/room/command.js";
import type { RoomEvent } from "../../src/core/room/event.js";
import type { EventLog } from "../../src/ports/event-log.js";
import type { Snapshots } from "../../src/ports/snapshots.js";
import type { Wakeups } from "../../src/ports/wakeups.js";
import { type Runtime, sha256 } from "../../src/runtime/node/runtime.js";
import type { Executed } from "../../src/runtime/rooms/live.js";
import { loadRoom } from "../../src/runtime/rooms/load.js";
import { assembleMemoryRooms } from "../support/memory-parts.js";
import { seededRandom } from "../support/seeded-random.js";

/** The result of one seed. Everything but the totals must be 0. */
export interface SimulationCounts {
  acknowledged: number;
  crashes: number;
  turns: number;
  lostTurns: number;
  lostMessages: number;
  lostDecisions: number;
  undelivered: number;
  deliveredTwice: number;
  saidTwice: number;
  unanswered: number;
  stuck: number;
  /** Turns given up after too many restarts, as the room was told; their tasks have no answer. */
  gaveUp: number;
}

export interface SimulationOptions {
  seed: number;
  steps: number;
  nodes: number;
}

const roomId = "simulation";
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
    script: [{ match: "^check (\\S+)", reply: "@mia checked {1}", delayMs: 150 }],
  },
  {
    name: "careful",
    role: "planner",
    runtime: "scripted",
    gate: "always",
    script: [{ match: "^task (\\S+)", ask: { question: "Which way?" }, reply: "@mia held {1}" }],
  },
];

interface World {
  clock: ManualClock;
  log: MemoryEventLog;
  snapshots: Snapshots;
  random: () => number;
  nodes: Node[];
  seed: number;
}

/** A router process: its access to the world is cut off when it crashes. */
interface Node {
  name: string;
  life: number;
  runtime: Runtime;
  isAlive: () => boolean;
  crash: () => void;
}

/**
 * A whole installation in one process on a virtual clock: routers that crash and start again, a log that is down or loses its answer, wake-ups that
 * get lost or come twice, people who write and decide. The same seed gives the same run.
 */
export async function simulate({ seed, steps, nodes }: SimulationOptions): Promise<SimulationCounts> {
  const random = seededRandom(seed);
  const clock = createManualClock(1_700_000_000_000);
  const world: World = {
    clock,
    log: createMemoryEventLog(),
    snapshots: createMemorySnapshots(),
    random,
    nodes: [],
    seed,
  };
  world.nodes = Array.from({ length: nodes }, (_, index) => startNode(world, `node-${index}`, 0));
  await execute(world, {
    type: "room.create",
    by: { kind: "admin" },
    name: "simulated",
    owner: "mia",
    agents,
    policy: { loopGuard: false },
    invites: [],
  });
  world.log.planFaults((stream) => (stream.startsWith("room/") ? fault(random) : undefined));
  const acknowledged = { messages: new Map<string, string>(), decisions: new Set<string>() };
  let crashes = 0;
  for (let step = 0; step < steps; step++) {
    const dice = random();
    if (dice < 0.3) await post(world, step, acknowledged.messages);
    else if (dice < 0.5) await decideGates(world, acknowledged.decisions);
    else if (dice < 0.56) crashes += await crashOne(world);
    await pass(world, 50 + random() * 900);
  }
  world.log.planFaults(() => undefined);
  const stuck = await settle(world, acknowledged.decisions);
  for (const node of world.nodes) await node.runtime.stop();
  return { crashes, stuck, ...(await count(world, acknowledged)) };
}

function fault(random: () => number) {
  const dice = random();
  if (dice < 0.02) return "answer-lost" as const;
  return dice < 0.04 ? ("unavailable" as const) : undefined;
}

function startNode(world: World, name: string, life: number): Node {
  let alive = true;
  const { clock } = world;
  const logger = createMemoryLogger({ maxRecords: 100 });
  const log = cutOff(world.log, () => alive);
  const { runtime } = assembleMemoryRooms({
    eventLog: log,
    snapshots: cutOff(world.snapshots, () => alive),
    wakeups: unreliable(createMemoryWakeups({ clock, log: logger }), world.random),
    runtimes: { scripted: createScriptedAgents({ clock, sha256 }) },
    clock,
    ids: createSeededIds(world.seed * 1_000 + life * 10 + Number(name.slice(-1))),
    logger,
    node: name,
    onlyNode: false,
    turnIdleMs: 60_000,
    maxRooms: 1,
  });
  runtime.start();
  return { name, life, runtime, isAlive: () => alive, crash: () => (alive = false) };
}

/** A port whose calls never come back once the process is dead. */
function cutOff<Port extends EventLog | Snapshots>(port: Port, isAlive: () => boolean): Port {
  return new Proxy(port, {
    get(target, key) {
      const method = Reflect.get(target, key) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        if (!isAlive()) return new Promise(() => {});
        const result = await method.apply(target, args);
        return isAlive() ? result : new Promise(() => {});
      };
    },
  });
}

/** Wake-ups that now and then get lost or come twice. */
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

async function pass(world: World, ms: number): Promise<void> {
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

/** Lets everything that needs no time happen. */
async function quiet(): Promise<void> {
  for (let round = 0; round < 12; round++) await new Promise<void>((resolve) => setImmediate(resolve));
}

function anyNode(world: World): Node {
  return world.nodes[Math.floor(world.random() * world.nodes.length)] as Node;
}

/** A command as a person's client sends it: an unknown outcome is no answer. */
async function execute(world: World, command: Command): Promise<Executed | undefined> {
  let answer: Executed | undefined;
  void anyNode(world)
    .runtime.rooms.execute(roomId, command)
    .then((executed) => (answer = executed))
    .catch(() => {});
  for (let tries = 0; tries < 40 && answer === undefined; tries++) await pass(world, 20);
  return answer;
}

async function post(world: World, step: number, messages: Map<string, string>): Promise<void> {
  const messageId = `m${step}`;
  const command: Command = {
    type: "message.post",
    by: { kind: "person", name: "mia" },
    messageId,
    body: `task ${step}`,
    to: ["worker", "careful"],
    idempotencyKey: messageId,
  };
  for (let tries = 0; tries < 5; tries++) {
    const answer = await execute(world, command);
    if (answer?.kind === "rejected") return;
    if (answer) return void messages.set(messageId, String(step));
  }
}

async function openGates(world: World) {
  const { rooms } = anyNode(world).runtime;
  let gates: { gateId: string; hash: string; opened: RoomEvent | undefined; kind: string }[] = [];
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

async function decideGates(world: World, decisions: Set<string>): Promise<number> {
  const gates = await openGates(world);
  for (const { gateId, hash, opened, kind } of gates) {
    if (opened?.type !== "gate.opened") continue;
    const action = kind === "question" ? "answer" : "approve";
    const body = kind === "question" ? { body: "left" } : {};
    const messageId = `answer-${gateId}`;
    const answer = await execute(world, {
      type: "gate.decide",
      by: { kind: "person", name: "mia" },
      gateId,
      action,
      hash,
      opened,
      messageId,
      ...body,
    });
    if (answer?.kind === "accepted") decisions.add(gateId);
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

/** Passes time while people decide until nothing is open. Returns how many agents still have work after ten minutes. */
async function settle(world: World, decisions: Set<string>): Promise<number> {
  for (let round = 0; round < 120; round++) {
    const open = await decideGates(world, decisions);
    await pass(world, 5_000);
    const { gates, busy } = await inTheLog(world);
    if (open === 0 && gates === 0 && busy === 0) return 0;
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

async function count(world: World, acknowledged: { messages: Map<string, string>; decisions: Set<string> }) {
  const events = await allEvents(world);
  const posted = events.filter((event) => event.type === "message.posted");
  const ids = new Set(posted.map(({ messageId }) => messageId));
  const resolved = new Set(events.flatMap((event) => (event.type === "gate.resolved" ? [event.gateId] : [])));
  const named = namedByTurns(events);
  const said = tally(posted.filter(({ from }) => from !== "mia").map(({ from, body }) => `${from}: ${body}`));
  const tasks = [...acknowledged.messages.values()];
  const abandoned = tasksGivenUp(events, acknowledged.messages);
  return {
    acknowledged: acknowledged.messages.size + acknowledged.decisions.size,
    turns: events.filter(({ type }) => type === "turn.started").length,
    lostTurns: events.filter((event) => event.type === "turn.ended" && event.outcome === "lost").length,
    lostMessages: [...acknowledged.messages.keys()].filter((id) => !ids.has(id)).length,
    lostDecisions: [...acknowledged.decisions].filter((id) => !resolved.has(id)).length,
    undelivered: [...acknowledged.messages.keys()].filter(
      (id) => !named.has(`${id}/worker`) || !named.has(`${id}/careful`),
    ).length,
    deliveredTwice: [...named.values()].filter((turns) => turns > 1).length,
    saidTwice: [...said.values()].filter((times) => times > 1).length + (posted.length - ids.size),
    gaveUp: events.filter((event) => event.type === "turn.ended" && event.outcome === "failed").length,
    unanswered: tasks
      .filter((task) => !abandoned.has(task))
      .filter(
        (task) =>
          !said.has(`worker: did ${task}`) ||
          !said.has(`checker: checked ${task}`) ||
          !said.has(`careful: held ${task}`),
      ).length,
  };
}

async function allEvents(world: World): Promise<RoomEvent[]> {
  const events: RoomEvent[] = [];
  let after = 0;
  for (;;) {
    const page = await world.log.read(`room/${roomId}`, { after });
    for (const entry of page) if (entry.kind === "commit") events.push(...(entry.commit.events as RoomEvent[]));
    const last = page.at(-1);
    if (last?.version === undefined) return events;
    after = last.version;
  }
}

function namedByTurns(events: RoomEvent[]): Map<string, number> {
  const taken = new Map<string, string[]>();
  const named: string[] = [];
  for (const event of events) {
    if (event.type === "turn.started" || event.type === "turn.steered")
      taken.set(event.turnId, [...(taken.get(event.turnId) ?? []), ...event.messages]);
    if (event.type === "turn.ended" && event.outcome !== "lost")
      named.push(...(taken.get(event.turnId) ?? []).map((id) => `${id}/${event.agent}`));
  }
  return tally(named);
}

/** Tasks some agent's turn was given up over. */
function tasksGivenUp(events: RoomEvent[], messages: Map<string, string>): Set<string> {
  const failed = new Set(
    events.flatMap((event) => (event.type === "turn.ended" && event.outcome === "failed" ? [event.turnId] : [])),
  );
  const ids = events.flatMap((event) =>
    event.type === "turn.started" && failed.has(event.turnId) ? event.messages : [],
  );
  const tasks = ids.map((id) => messages.get(id) ?? textOf(events, id).replace(/^check /, ""));
  return new Set(tasks);
}

function textOf(events: RoomEvent[], messageId: string): string {
  const posted = events.find((event) => event.type === "message.posted" && event.messageId === messageId);
  return posted?.type === "message.posted" ? posted.body : "";
}

function tally(keys: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
