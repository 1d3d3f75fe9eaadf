import type { SpentWindows } from "../values/spent-windows.js";
import type { ProviderRefusal } from "./conversation.js";
import type { ExpiredDelivery, FailedDelivery, WaitingMessage } from "./delivery.js";
import type { EmptyRun } from "./empty-exchange.js";
import type { DeliveryClass, GateKind, GateOutcome, PersonRole, Recipients, Usage } from "./event.js";
import { LIMITS } from "./limits.js";
import type { OpenInvite } from "./open-invite.js";
import type { OpenOutages } from "./open-outage.js";
import type { OpenTurn, Retry } from "./open-turn.js";
import type { Budget, GatePolicy, Policy } from "./policy.js";
import type { RoomSetup } from "./setup.js";
import { noUsage } from "./usage.js";

/**
 * What a room knows at some version: only what is still open. Texts stay in the log and are read from there by version.
 * Built by `evolve` alone, in place; nobody else writes to it.
 */
export interface Room {
  roomId: string;
  name: string;
  /** `none` before `room.created`. */
  status: "none" | "active" | "paused" | "closed";
  /** Closed, and what its agents had on disk was given up. */
  purged?: true;
  /** Version and id of the last commit that counted; 0 and `""` before the first. */
  version: number;
  commitId: string;
  createdAtMs: number;
  policy: Policy;
  repo?: string;
  branch?: string;
  /** Its agents' branches have the room's id in their names. */
  branchesByRoom?: true;
  /** Hash of the request that made the room, so that the same request made again finds it. */
  fingerprint?: string;
  /** All participants who ever joined, by name. */
  participants: Map<string, Participant>;
  /** Names of the agents present, in joining order. */
  agents: string[];
  gates: Map<string, OpenGate>;
  /** The latest resolved gates, so that a late decider learns who was first. */
  resolvedGates: Map<string, ResolvedGate>;
  /** Messages (and bounces) that wait for at least one agent or are in an open turn, by `seq`. */
  waiting: Map<number, WaitingMessage>;
  /** Messages posted so far; the next one's `seq`. */
  nextSeq: number;
  /** Pairs (message, agent) that wait or are in an open turn: the sum of all holders. */
  waitingDeliveries: number;
  /** Latest deliveries that expired, oldest first. */
  expired: ExpiredDelivery[];
  /** Latest deliveries whose turn failed and that nobody asked for again, oldest first. */
  failed: FailedDelivery[];
  invites: Map<string, OpenInvite>;
  mirrors: Map<string, Mirror>;
  /** By hash of sender and key, oldest first. */
  idempotencyKeys: Map<string, { fingerprint: string; version: number; messageId: string; atMs: number }>;
  guard: LoopGuard;
  usage: Usage;
  budgetGrantedAt?: Usage; // At the last continue decision; budgets count from there.
  spentWindows?: SpentWindows;
  spendingHold?: { id: string; text: string }; // Beyond its budgets: no agent calls the model, as the room was told.
  setup?: RoomSetup; // Set-ups of its repository: the last one offered, and the last decision.
  outages?: OpenOutages; // Those that it was told of and whose end it was not told.
  spendingWarned?: string[]; // Limits beyond its budgets of which it was told that little is left.
  homes?: { usedAtMs: number; removeAtMs?: number; areGone?: true }; // Last use; when unused homes are given up; whether they were.
  /** Times the log skipped a version: the store lost commits. */
  holes: number;
  /** Void commits with versions still to come: commits based on them are void too. Empty unless the store forgot its guard. */
  voided: { id: string; version: number }[];
}

/** A person in the room. */
export interface Person {
  kind: "human";
  name: string;
  displayName: string;
  role: PersonRole;
  /** Version of the commit it (last) joined with; a token of an earlier stay does not count. */
  joinedVersion: number;
  leftVersion?: number;
  platform?: { name: string; userId: string };
}

/** An agent in the room, with its waiting messages and its open turn. */
export interface AgentMember {
  kind: "agent";
  name: string;
  displayName: string;
  role: string;
  runtime: string;
  gate?: GatePolicy;
  model?: string;
  /** Words of its runtime; absent: the runtime's own. */
  effort?: string;
  mode?: string;
  /** Versions of the commits with its latest prompt and script; absent: the one it joined with. */
  promptVersion?: number;
  scriptVersion?: number;
  budget?: Budget;
  usage: Usage;
  budgetGrantedAt?: Usage;
  spentWindows?: SpentWindows;
  joinedVersion: number;
  leftVersion?: number;
  /** `seq` of its waiting messages, ascending. */
  waiting: number[];
  turn?: OpenTurn;
  /** Its first turn, before anybody speaks to it, is still to come. */
  opening: boolean;
  /** The last turn was lost: its messages are delivered again. */
  retry?: Retry;
  /** Its last bounce woke it and it has said nothing that arrived since. */
  bounced: boolean;
  /** It was told whom its last turn missed, and has said nothing that arrived since. */
  toldMissed?: true;
  /** Turns started so far, since it has its home (the node its files and memory are on); `movedVersion`: it left its last home. */
  turns: number;
  home?: string;
  movedVersion?: number;
  /** Version of the commit that gave it a new conversation because somebody asked. */
  freshVersion?: number;
  /** A turn in its conversation came to its end: it has to be there. */
  hasConversed?: true;
  /** Its conversation is new, and no turn in it has come to its end yet. */
  isNewTo?: "asked" | "lost";
  hasNewFolder?: true; // Its home and work folder were given up, and no turn with the new ones has come to its end yet.
  /** Why the provider refused its conversation as it is, and how often in a row. */
  refused?: ProviderRefusal;
  /** A held message of it was approved or edited once. */
  approvedOnce: boolean;
  /** People in this room who allowed one of its tools for the whole session, and may still decide. */
  trustedBy?: string[];
  /** Version at which somebody in `trustedBy` left or lost the right to decide. A session opened before it may still hold their permissions. */
  trustEndedVersion?: number;
}

/** Anyone in the room, those who left included. */
export type Participant = Person | AgentMember;

/** A gate that waits for a decision. Its text is read from the log at `version` and `index`. */
export interface OpenGate {
  gateId: string;
  kind: GateKind;
  from: string;
  hash: string;
  /** There where its hash is of version 2: it has content beside its text. */
  hashVersion?: 2;
  /** Position of its text and its recipients. */
  version: number;
  index: number;
  openedAtMs: number;
  turnId?: string;
  requestId?: string;
  expiresAtMs?: number;
  reminder?: GateReminder;
  message?: { messageId: string; class: DeliveryClass; hop: number; steps?: number | undefined };
}

/** When who decides is reminded of a gate, and how many times more. */
export interface GateReminder {
  atMs: number;
  everyMs: number;
  timesLeft: number;
}

/** A gate that was decided lately. */
export interface ResolvedGate {
  by: string;
  outcome: GateOutcome;
  version: number;
  atMs: number;
}

/** A thread that shows the room. */
export interface Mirror {
  mirrorId: string;
  platform: string;
  channel: string;
  thread?: string;
  newestWrittenMs?: number; // When the newest message written in it was written, Unix ms.
}

/** State of the loop guard. */
export interface LoopGuard {
  /** Agent messages since a person spoke. */
  sincePerson: number;
  /** Senders of the last 40 agent messages, oldest first. */
  recent: string[];
  /** The pair that is talking to itself, and how many messages in a row. */
  pair?: { a: string; b: string; run: number };
  /** What agents say to each other without anything new. */
  empty?: EmptyRun;
  /** The open `continue` gate: until it is decided no turn starts. */
  gateId?: string;
}

/** A room before its first commit. */
export function emptyRoom(roomId: string): Room {
  return {
    roomId,
    name: "",
    status: "none",
    version: 0,
    commitId: "",
    createdAtMs: 0,
    policy: {},
    participants: new Map(),
    agents: [],
    gates: new Map(),
    resolvedGates: new Map(),
    waiting: new Map(),
    nextSeq: 0,
    waitingDeliveries: 0,
    expired: [],
    failed: [],
    invites: new Map(),
    mirrors: new Map(),
    idempotencyKeys: new Map(),
    guard: { sincePerson: 0, recent: [] },
    usage: { ...noUsage },
    holes: 0,
    voided: [],
  };
}

/** The participant of that name who is in the room now. */
export function presentParticipant(room: Room, name: string): Participant | undefined {
  const participant = room.participants.get(name);
  return participant?.leftVersion === undefined ? participant : undefined;
}

/** The participant for that user of a chat platform, also after leaving. */
export function personFromChat(room: Room, platform: { name: string; userId: string }): Person | undefined {
  for (const participant of room.participants.values()) {
    if (participant.kind !== "human" || participant.platform === undefined) continue;
    const { name, userId } = participant.platform;
    if (name === platform.name && userId === platform.userId) return participant;
  }
  return undefined;
}

/** The agent of this name, where it is in the room. */
export function presentAgent(room: Room, name: string): AgentMember | undefined {
  const participant = presentParticipant(room, name);
  return participant?.kind === "agent" ? participant : undefined;
}

/** The agents present, in joining order. */
export function presentAgents(room: Room): AgentMember[] {
  return agentsNamed(room, room.agents);
}

/** Present agents a message reaches; people read the log and need no mailbox. */
export function receivingAgents(room: Room, from: string, to: Recipients): AgentMember[] {
  return agentsNamed(room, to === "room" ? room.agents : to).filter((agent) => agent.name !== from);
}

function agentsNamed(room: Room, names: readonly string[]): AgentMember[] {
  const agents: AgentMember[] = [];
  for (const name of names) {
    const agent = presentAgent(room, name);
    if (agent) agents.push(agent);
  }
  return agents;
}

/** Whether something waits that starts a turn of this agent (if nothing else forbids one). */
export function hasReasonToStart(room: Room, agent: AgentMember): boolean {
  if (agent.opening || agent.retry) return true;
  // Full mailboxes take nothing more: then what would only have gone along is delivered too, or nothing would ever make room.
  const isFull =
    room.waiting.size >= LIMITS.maxWaitingMessages || room.waitingDeliveries >= LIMITS.maxWaitingDeliveries;
  if (isFull && agent.waiting.length > 0) return true;
  return agent.waiting.some((seq) => room.waiting.get(seq)?.wakes === true);
}

/** Whether any reader has something to do, now or when a person decides: such a room is visited by the sweep. */
export function isOpen(room: Room): boolean {
  if (room.status === "closed") return false;
  if (room.gates.size > 0) return true;
  for (const agent of presentAgents(room)) if (agent.turn || hasReasonToStart(room, agent)) return true;
  return false;
}

/** When the next gate or waiting message expires, or a gate reminder is due, Unix ms. Messages taken by a turn do not expire. */
export function nextDueAtMs(room: Room): number | undefined {
  const dues = [...room.gates.values()].flatMap(({ expiresAtMs, reminder }) => [expiresAtMs, reminder?.atMs]);
  for (const { waiting } of presentAgents(room))
    for (const seq of waiting) dues.push(room.waiting.get(seq)?.expiresAtMs);
  const earliest = dues.reduce<number>((least, due) => Math.min(least, due ?? least), Number.POSITIVE_INFINITY);
  return Number.isFinite(earliest) ? earliest : undefined;
}
