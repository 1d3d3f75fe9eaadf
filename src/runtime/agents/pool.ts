import type { AgentMember, Room } from "../../core/room/room.js";
import type { AgentSpec, Agents } from "../../ports/agents.js";
import type { Clock } from "../../ports/clock.js";
import type { Health } from "../../ports/health.js";
import type { Ids } from "../../ports/ids.js";
import type { Logger } from "../../ports/logger.js";
import { PortError } from "../../ports/port-error.js";
import type { ActivityHub } from "../presence/activity.js";
import type { RoomService } from "../rooms/service.js";
import { usedSetup } from "../rooms/setups.js";
import { createAgentRunner } from "./create-runner.js";
import { createAgentDefinitions } from "./definitions.js";
import { createConversationWatches } from "./failing-conversation.js";
import type { AgentJournal } from "./journal.js";
import type { OutputKeeperOptions } from "./kept-output.js";
import { createOutages, type Outages } from "./outages.js";
import type { AgentRunner, SessionToOpen } from "./runner.js";

/** Agents running on this node. */
export interface AgentPool {
  known(roomId: string, name: string): AgentRunner | undefined;
  runnerOf(roomId: string, name: string): AgentRunner;
  /** Called with the outages that the agent's room knows, before there is work for the agent. */
  resumeOutage: Outages["resume"];
  /** Ends the session of an agent that left or whose room closed. */
  removeAgent(roomId: string, name: string): Promise<void>;
  /** Number of agents with a running turn. */
  working(): number;
  size(): number;
  /** Whether its agents can be reached; otherwise how many wait, and for what. */
  check(): Health;
  /** Resolves to the number of agents left running for the next instance. */
  stop(): Promise<number>;
}

/** Parts that the pool of agents needs. */
export interface AgentPoolOptions extends OutputKeeperOptions {
  rooms: RoomService;
  /** Keyed by an agent's `runtime`. */
  runtimes: Readonly<Record<string, Agents>>;
  journal: AgentJournal;
  activity: ActivityHub;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  sha256: (text: string) => string;
  node: string;
  instance: string;
  /** True if no other process writes to the log. */
  onlyNode: boolean;
  turnIdleMs: number;
  /** By runtime: idle time after which an agent's process ends, in ms. Absent: never. */
  idleStopMs?: Readonly<Record<string, number>> | undefined;
  wake: (roomId: string, name: string, delayMs?: number) => void;
}

const idleCheckMs = 1_000;
/** A later check means that this process or the machine stood still. */
const maxLateMs = 3 * idleCheckMs;

/** Runners of the agents on this node, made as they are needed. */
export function createAgentPool(options: AgentPoolOptions): AgentPool {
  const { rooms, clock } = options;
  const runners = new Map<string, AgentRunner>();
  const definitions = createAgentDefinitions({ rooms });
  const outages = createOutages({ ...options, isHealthy: () => areHealthy(options.runtimes) });
  const conversationOf = createConversationWatches(options);
  let checkedAtMs = clock.monotonicMs();
  let cancelCheck = clock.after(idleCheckMs, checkIdle);

  /** A late check means that this process was frozen: it first reads what agents put out meanwhile, and then judges. */
  function checkIdle(): void {
    const nowMs = clock.monotonicMs();
    const lateMs = nowMs - checkedAtMs - idleCheckMs;
    checkedAtMs = nowMs;
    for (const runner of runners.values()) {
      if (lateMs > maxLateMs) runner.discountFrozen(lateMs);
      else runner.checkIdle();
    }
    cancelCheck = clock.after(idleCheckMs, checkIdle);
  }

  function runnerOf(roomId: string, name: string): AgentRunner {
    const key = keyOf(roomId, name);
    const known = runners.get(key);
    if (known) return known;
    const runner = createAgentRunner({
      ...options,
      roomId,
      name,
      openSpec: () => openSpec(roomId, name),
      outage: outages.of({ roomId, name }),
      conversation: conversationOf(key),
      wake: (delayMs) => options.wake(roomId, name, delayMs),
    });
    runners.set(key, runner);
    return runner;
  }

  /** Reads the agent's definition from the log, the only place with its script and prompt. */
  async function openSpec(roomId: string, name: string) {
    const facts = await storedFacts(rooms, roomId, name);
    if (!facts) throw new PortError(`${name} is not in this room any more`, { code: "refused", retryable: false });
    const definition = await definitions.of(roomId, facts.agent);
    const agents = options.runtimes[facts.agent.runtime];
    if (!agents) {
      const there = Object.keys(options.runtimes).join(", ");
      throw new PortError(`this node cannot run ${facts.agent.runtime} agents (it runs ${there})`, {
        code: "refused",
        retryable: false,
      });
    }
    const { agent, setupVersion, ...roomFacts } = facts;
    const spec: AgentSpec = { ...roomFacts, roomId, name, displayName: agent.displayName, role: agent.role };
    const setup = await usedSetup(rooms, { roomId, version: setupVersion });
    if (setup) spec.setup = setup;
    const { model, effort, mode } = agent;
    Object.assign(spec, definition, model !== undefined && { model });
    Object.assign(spec, effort !== undefined && { effort }, mode !== undefined && { mode });
    const idleStopMs = options.idleStopMs?.[agent.runtime];
    return {
      spec,
      agents,
      resume: agent.turns > 1,
      hasConversed: agent.hasConversed === true,
      ...sessionOf(roomId, agent, options.sha256),
      provider: `${agent.runtime}/${model ?? ""}`,
      idleStopMs,
    };
  }

  async function removeAgent(roomId: string, name: string): Promise<void> {
    const key = keyOf(roomId, name);
    const runner = runners.get(key);
    runners.delete(key);
    definitions.forget(roomId, name);
    await runner?.close({ graceful: false });
  }

  async function stop(): Promise<number> {
    cancelCheck();
    outages.stop();
    const runOn = await Promise.all(Array.from(runners.values(), (runner) => runner.leave()));
    runners.clear();
    return runOn.filter(Boolean).length;
  }

  return {
    known: (roomId, name) => runners.get(keyOf(roomId, name)),
    runnerOf,
    resumeOutage: outages.resume,
    removeAgent,
    working: () => [...runners.values()].filter((runner) => runner.turnId !== undefined).length,
    size: () => runners.size,
    check: outages.check,
    stop,
  };
}

async function areHealthy(runtimes: AgentPoolOptions["runtimes"]): Promise<boolean> {
  const checked = await Promise.all(Object.values(runtimes).map((agents) => agents.check()));
  return checked.every(({ ok }) => ok);
}

/** What the room knows of an agent, once the log has what was set last: a setting on its way there could not be read, or may never come. */
async function storedFacts(rooms: RoomService, roomId: string, name: string) {
  for (let stored = 0; ; ) {
    const facts = await rooms.peek(roomId, (room) => factsOf(room, name));
    if (!facts || lastSetVersion(facts) <= stored) return facts;
    stored = lastSetVersion(facts);
    await rooms.durable(roomId, stored);
  }
}

/** The last commit that an agent's definition is read from. */
function lastSetVersion({ agent, setupVersion = 0 }: NonNullable<ReturnType<typeof factsOf>>): number {
  const { joinedVersion, scriptVersion = joinedVersion, promptVersion = joinedVersion } = agent;
  return Math.max(scriptVersion, promptVersion, setupVersion);
}

/** Stable while an agent stays and keeps its home node; a conversation it was given since has an id of its own. */
function sessionOf(
  roomId: string,
  agent: AgentMember,
  sha256: (text: string) => string,
): Pick<SessionToOpen, "sessionId" | "conversationId"> {
  const sessionId = uuidOf(sha256(`session/${roomId}/${agent.name}/${agent.movedVersion ?? agent.joinedVersion}`));
  if (agent.freshVersion === undefined) return { sessionId };
  return { sessionId, conversationId: uuidOf(sha256(`conversation/${sessionId}/${agent.freshVersion}`)) };
}

/** In the form of a UUID version 4, which Claude Code requires. */
function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function keyOf(roomId: string, name: string): string {
  return `${roomId}/${name}`;
}

function factsOf(room: Room, name: string) {
  const agent = room.participants.get(name);
  if (agent?.kind !== "agent" || agent.leftVersion !== undefined) return undefined;
  const present = [...room.participants.values()].filter(({ leftVersion }) => leftVersion === undefined);
  return {
    agent: { ...agent } as AgentMember,
    roomName: room.name,
    participants: present.map((other) => ({ name: other.name, kind: other.kind, role: other.role })),
    ...(room.repo !== undefined && { repo: room.repo }),
    ...(room.branch !== undefined && { branch: room.branch }),
    ...(room.branchesByRoom && { branchesByRoom: true }),
    ...(room.policy.egress && { egress: [...room.policy.egress] }),
    setupVersion: room.setup?.decided?.uses ? room.setup.decided.version : undefined,
  };
}
