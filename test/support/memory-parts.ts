import { createMemoryBlobs } from "../../adapters/memory/blobs.js";
import { createMemoryEventLog } from "../../adapters/memory/event-log.js";
import { createRandomIds } from "../../adapters/memory/ids.js";
import { createMemoryLeases } from "../../adapters/memory/leases.js";
import { createMemoryLimits } from "../../adapters/memory/limits.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createMemoryPlaces } from "../../adapters/memory/places.js";
import { createMemorySnapshots } from "../../adapters/memory/snapshots.js";
import { createMemoryTickets } from "../../adapters/memory/tickets.js";
import { createMemoryWakeups } from "../../adapters/memory/wakeups.js";
import {
  assembleRooms,
  type RoomParts,
  type RoomPorts,
  type RoomSettings,
  withoutSandboxes,
} from "../../src/main/assemble/rooms.js";
import { assemble, type Parts, type Ports, type Settings } from "../../src/main/assemble.js";
import type { Agents } from "../../src/ports/agents.js";
import type { Workspaces } from "../../src/ports/workspaces.js";
import { loadRoles } from "../../src/runtime/roles/roles.js";
import { realClock } from "./stub-clock.js";

/** No agent has a role: each is what its request says. */
const noRoles = await loadRoles([], { listFolders: async () => [], readText: async () => undefined });

/** Replacements for the usual parts. */
interface GivenAgents {
  /** By the name an agent's `runtime` has. Default none. */
  runtimes?: Readonly<Record<string, Agents>>;
  /** By runtime: how long an agent without a turn keeps its session. */
  idleStopMs?: Readonly<Record<string, number>>;
  /** Work folders of agents. Default none. */
  workspaces?: Workspaces;
}

export type GivenRooms = GivenAgents & Partial<Omit<RoomPorts, "openAgentRuntimes">> & Partial<RoomSettings>;
export type GivenParts = GivenAgents & Partial<Omit<Ports, "openAgentRuntimes">> & Partial<Settings>;

function roomPorts(given: GivenRooms): RoomPorts {
  const { clock = realClock, logger = createMemoryLogger({ maxRecords: 2_000 }) } = given;
  const { eventLog = createMemoryEventLog(), snapshots = createMemorySnapshots(), ids = createRandomIds() } = given;
  const { calls, leases, workspaces } = given;
  const { wakeups = createMemoryWakeups({ clock, log: logger }), broadcast, nodes, runtimes = {}, idleStopMs } = given;
  return {
    eventLog,
    snapshots,
    wakeups,
    ...(broadcast && { broadcast }),
    ...(given.blobs && { blobs: given.blobs }),
    ...(given.cutSecrets && { cutSecrets: given.cutSecrets }),
    ...(nodes && { nodes }),
    calls,
    leases,
    openAgentRuntimes: () =>
      withoutSandboxes(runtimes, { ...(idleStopMs && { idleStopMs }), ...(workspaces && { workspaces }) }),
    clock,
    ids,
    logger,
  };
}

function roomSettings({
  node = "node",
  instance,
  onlyNode = true,
  turnIdleMs = 900_000,
  maxRooms,
  knownFormat,
  version,
  spendingLimits,
}: GivenRooms): RoomSettings {
  return {
    node,
    ...(instance !== undefined && { instance }),
    onlyNode,
    turnIdleMs,
    ...(maxRooms !== undefined && { maxRooms }),
    ...(knownFormat !== undefined && { knownFormat }),
    ...(version !== undefined && { version }),
    ...(spendingLimits && { spendingLimits }),
  };
}

/** Rooms and agents on memory adapters, as a server wires them; at rest until `runtime.start`. */
export function assembleMemoryRooms(given: GivenRooms = {}): RoomParts {
  return assembleRooms(roomPorts(given), roomSettings(given));
}

/** A whole process on memory adapters, as a server wires it; at rest until `start`. Without roles, platforms and a page, unless they are given. */
export function assembleInMemory(given: GivenParts = {}): { ports: Ports; parts: Parts } {
  const rooms = roomPorts(given);
  const settings = roomSettings(given);
  const { clock } = rooms;
  const { maxUnreadBytes, lookUp, defaultBudgetUsd } = given;
  const ports: Ports = {
    ...rooms,
    blobs: given.blobs ?? createMemoryBlobs(),
    limits: given.limits ?? createMemoryLimits({ clock }),
    places: createMemoryPlaces(),
    tickets: given.tickets ?? createMemoryTickets({ clock }),
    leases: given.leases ?? createMemoryLeases({ clock, node: settings.node }),
    ...(given.nodes && { nodes: given.nodes }),
    whyOffline: given.whyOffline ?? (() => undefined),
    chats: given.chats ?? [],
    catalogue: given.catalogue ?? noRoles,
    checks: given.checks ?? {},
    ...(given.page && { page: given.page }),
  };
  const parts = assemble(ports, {
    ...settings,
    version: given.version ?? "0.0.0-test",
    secret: given.secret ?? "a secret of the tests, long enough",
    adminToken: given.adminToken ?? "admin-token-of-the-tests",
    publicOrigin: given.publicOrigin ?? "http://parley.test",
    trustProxyHops: given.trustProxyHops ?? 0,
    approvers: given.approvers ?? {},
    ...(given.caps && { caps: given.caps }),
    ...(maxUnreadBytes !== undefined && { maxUnreadBytes }),
    ...(lookUp !== undefined && { lookUp }),
    defaultBudgetUsd,
  });
  return { ports, parts };
}
