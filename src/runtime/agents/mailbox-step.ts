import { mayStart } from "../../core/room/decide/turns.js";
import type { OpenOutages } from "../../core/room/open-outage.js";
import { callsModel } from "../../core/room/payer.js";
import { type AgentMember, hasReasonToStart, presentAgent, type Room } from "../../core/room/room.js";
import { homePool } from "../rooms/placement.js";

/** One agent's mailbox as read from the room. Immutable: the next step follows from it and from the process that reads it. */
export type MailboxView = AbsentMailbox | IdleMailbox | BusyMailbox;

/** The agent has left, or its room is closed. */
export interface AbsentMailbox {
  kind: "absent";
}

/** The agent has no open turn. */
export interface IdleMailbox {
  kind: "idle";
  home?: string | undefined;
  lostTurns?: LostTurns;
  /** Something waits, and a turn may start. */
  hasWork: boolean;
  outages?: OpenOutages | undefined;
  /** A turn of the agent calls the model. */
  callsModel: boolean;
  /** Version at which a person whose session permissions it may hold left or was demoted; 0: none did. */
  trustEndedVersion: number;
}

/** The agent has an open turn. */
export interface BusyMailbox {
  kind: "busy";
  home?: string | undefined;
  lostTurns?: LostTurns;
  outages?: OpenOutages | undefined;
  turn: OpenMailboxTurn;
}

/** Ids of turns that were lost and whose messages are delivered again, the latest last. Absent: none. */
export type LostTurns = readonly string[] | undefined;

/** An agent's open turn in the log. */
export interface OpenMailboxTurn {
  turnId: string;
  node: string;
  instance: string;
  runtime: string;
  /** Unix ms. */
  startedAtMs: number;
  answers: StoredAnswer[];
  /** Whether a message waits that is delivered during the turn. */
  hasSteering: boolean;
}

/** A request of a turn whose gate is resolved, and the position of the resolution in the log. */
export interface StoredAnswer {
  requestId: string;
  version: number;
  index: number;
}

/** The process that reads a mailbox. */
export interface MailboxReader {
  node: string;
  instance: string;
  onlyNode: boolean;
}

/**
 * The step that is due for an agent's runner before its turn is considered. `remove`: the agent is gone. `leave`: another node is its home. `renew`: it
 * was moved and has no home node yet, so the session here belongs to its earlier stay. `stop`: the log has ended the turn it runs. `drop`: the log has
 * lost that turn, and delivers its messages again: the session here would ignore those it knows.
 */
export type RunnerStep = "remove" | "leave" | "renew" | "stop" | "drop" | "keep";

/**
 * The work that is due in the agent's turn. `nothing` also while this process is still starting the open turn. `continue`: an earlier instance of this node started it, and its process may still run. `lose`: no
 * process runs it any more.
 */
export type DueTurnStep = "start" | "attend" | "continue" | "lose" | "nothing";

/** The agent's mailbox in this room. */
export function viewMailbox(room: Room, name: string): MailboxView {
  const agent = room.status === "closed" ? undefined : presentAgent(room, name);
  if (!agent) return { kind: "absent" };
  const { home, trustEndedVersion = 0 } = agent;
  const { outages } = room;
  const lostTurns = agent.turn?.lostTurns ?? agent.retry?.lostTurns;
  if (agent.turn) return { kind: "busy", home, lostTurns, outages, turn: viewTurn(room, agent, agent.turn) };
  const hasWork = mayStart(room) && hasReasonToStart(room, agent);
  return { kind: "idle", home, lostTurns, outages, hasWork, callsModel: callsModel(agent), trustEndedVersion };
}

function viewTurn(room: Room, agent: AgentMember, turn: NonNullable<AgentMember["turn"]>): OpenMailboxTurn {
  const { turnId, node, boot: instance, startedAtMs, asks } = turn;
  const answers = asks.flatMap(({ requestId, resolved }) => (resolved ? [{ requestId, ...resolved }] : []));
  const hasSteering = agent.waiting.some((seq) => room.waiting.get(seq)?.class === "interrupt");
  return { turnId, node, instance, startedAtMs, runtime: agent.runtime, answers, hasSteering };
}

/** The first step. `pool`: where the mailbox was woken; `runner`: the agent's runner on this node, if any. */
export function runnerStep(
  view: MailboxView,
  {
    node,
    onlyNode,
    pool,
    runner,
  }: MailboxReader & { pool: string; runner: { turnId: string | undefined } | undefined },
): RunnerStep {
  if (view.kind === "absent") return "remove";
  if (!onlyNode && !isOurs(view.home, { node, pool })) return "leave";
  if (!onlyNode && view.home === undefined && runner !== undefined) return "renew";
  if (runner?.turnId === undefined || runner.turnId === openTurnOf(view)?.turnId) return "keep";
  return view.lostTurns?.includes(runner.turnId) ? "drop" : "stop";
}

/** True if this is the home node, or if the agent has none and is offered to every eligible node. */
function isOurs(home: string | undefined, { node, pool }: { node: string; pool: string }): boolean {
  return home === undefined ? pool !== homePool(node) : home === node;
}

/** The second step, on the node that has the agent. `runningTurnId`: id of the turn that its runner is in. */
export function turnStep(
  view: MailboxView,
  reader: MailboxReader & {
    runningTurnId: string | undefined;
    /** Whether this process is still starting the turn: it is in the log, and its runner does not know it yet. */
    isStarting: (turnId: string) => boolean;
    canTakeOver: (runtime: string) => boolean;
  },
): DueTurnStep {
  if (view.kind === "absent") return "nothing";
  if (view.kind === "idle") return view.hasWork ? "start" : "nothing";
  const { turn, home } = view;
  if (turn.turnId === reader.runningTurnId) return "attend";
  if (reader.isStarting(turn.turnId)) return "nothing";
  const isOfThisNode = reader.onlyNode || turn.node === reader.node;
  if (isOfThisNode && turn.instance !== reader.instance && reader.canTakeOver(turn.runtime)) return "continue";
  return isOfThisNode || home === reader.node ? "lose" : "nothing";
}

/** The node to wake for work that this one leaves to it; undefined if no node has to be woken. */
export function homeToWake(view: MailboxView): string | undefined {
  if (view.kind === "absent") return undefined;
  return view.kind === "busy" || view.hasWork ? view.home : undefined;
}

/**
 * Whether a session has to end because it may hold permissions of a person without the right to give them. `openedVersion`: the
 * `trustEndedVersion` that it was opened at.
 */
export function outlivesTrust(
  { trustEndedVersion }: IdleMailbox,
  { openedVersion, runningTurnId }: { openedVersion: number; runningTurnId: string | undefined },
): boolean {
  return runningTurnId === undefined && openedVersion < trustEndedVersion;
}

function openTurnOf(view: MailboxView): OpenMailboxTurn | undefined {
  return view.kind === "busy" ? view.turn : undefined;
}
