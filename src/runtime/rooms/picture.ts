import type { PersonRole, Usage } from "../../core/room/event.js";
import type { Policy } from "../../core/room/policy.js";
import { maySeeHeld } from "../../core/room/rights.js";
import { type AgentMember, type Mirror, presentAgents, type Room } from "../../core/room/room.js";
import { type RoomStateKind, roomStateOf } from "../../core/room/room-state.js";
import {
  type AgentDisk,
  type GateView,
  gateView,
  type ParticipantView,
  participantViews,
} from "../../core/room/view.js";
import { callerName, isExternal } from "../../core/values/external-runtime.js";
import { openedIn } from "./read-commits.js";
import type { RoomService } from "./service.js";

/** A room in a list. */
export interface ListedRoom {
  roomId: string;
  name: string;
  state: RoomStateKind;
  version: number;
  openGates: number;
}

/**
 * A room as one role may see it. Everything in it is of the same version: with the events after `version` it is the room.
 * A gate stands in it if it was open at `version`, whatever happened since.
 */
export interface RoomPicture extends Omit<ListedRoom, "openGates"> {
  participants: ParticipantView[];
  /** Oldest first; one that the log cannot show, or this role may not see, is without what it holds. */
  gates: GateView[];
  usage: Usage;
  policy: Policy;
  repo?: string;
  branch?: string;
  mirrors: Mirror[];
  /** What keeps its agents from calling their models beyond its budgets, for people. */
  spendingHold?: string;
}

/** What no event says: who can be reached right now. */
export interface Reachability {
  /** Whether a person has a connection open. */
  isPersonOnline: (roomId: string, name: string) => boolean;
  /** Why an agent can do nothing now and what can be done, because its node is not there; undefined: it is, or nobody can say. */
  whyOffline: (agent: AgentMember) => string | undefined;
  /** What an agent has on disk; undefined: this process has not counted it. Absent: nobody counts. */
  diskOf?: ((agent: { roomId: string; name: string }) => AgentDisk | undefined) | undefined;
}

/** A room in a line of a list. */
export function summaryOf(room: Room): ListedRoom {
  const { roomId, name, version, gates } = room;
  return { roomId, name, state: roomStateOf(room), version, openGates: gates.size };
}

/** A room as everybody in it may see it: its gates without what they hold. Keeps nothing of `room`, so it may be called in a look. */
export function publicPicture(room: Room, reachability: Reachability): RoomPicture {
  const { openGates: _openGates, ...summary } = summaryOf(room);
  const { gates, usage, policy, repo, branch, mirrors, spendingHold } = room;
  return {
    ...summary,
    participants: participantsOf(room, reachability),
    gates: [...gates.values()].map((gate) => gateView(gate, undefined)),
    usage: { ...usage },
    policy,
    ...(repo !== undefined && { repo }),
    ...(branch !== undefined && { branch }),
    mirrors: [...mirrors.values()].map((mirror) => ({ ...mirror })),
    ...(spendingHold && { spendingHold: spendingHold.text }),
  };
}

/** Participants now; an agent whose node is gone says so. */
function participantsOf(room: Room, reachability: Reachability): ParticipantView[] {
  const { isPersonOnline, diskOf } = reachability;
  const notes = new Map(presentAgents(room).map((agent) => [agent.name, whyAway(room, agent, reachability)]));
  const isOnline = (name: string) =>
    notes.has(name) ? notes.get(name) === undefined : isPersonOnline(room.roomId, name);
  return participantViews(room, isOnline).map((view) => {
    const disk = view.kind === "agent" ? diskOf?.({ roomId: room.roomId, name: view.name }) : undefined;
    const note = notes.get(view.name) ?? disk?.note;
    const counted = disk && { disk: { usedBytes: disk.usedBytes, quotaBytes: disk.quotaBytes } };
    return { ...view, ...counted, ...(note !== undefined && { note }) };
  });
}

/** An external agent is there while it takes its messages; one that only calls from time to time hears when it does. */
function whyAway(
  { roomId }: Room,
  agent: AgentMember,
  { isPersonOnline, whyOffline }: Reachability,
): string | undefined {
  if (!isExternal(agent)) return whyOffline(agent);
  if (isPersonOnline(roomId, agent.name)) return undefined;
  return isPersonOnline(roomId, callerName(agent.name)) ? "hears at its next turn" : "away; its messages wait for it";
}

/** The room and reader of a picture, and the source for who can be reached. */
export interface PictureRequest {
  roomId: string;
  /** The reader's role: decides whether gates show their content. */
  role: PersonRole;
  reachability: Reachability;
}

/**
 * ONE look at a room: everything but the gates' texts comes from the same moment, and those are read from the log afterwards, by
 * the places where they stand for good. Undefined: no such room.
 */
export async function roomPicture(
  rooms: RoomService,
  { roomId, role, reachability }: PictureRequest,
): Promise<RoomPicture | undefined> {
  const seen = await rooms.read(roomId, (room) => ({
    picture: publicPicture(room, reachability),
    held: maySeeHeld(room, role) ? [...room.gates.values()].map((gate) => ({ ...gate })) : [],
  }));
  if (!seen || seen.held.length === 0) return seen?.picture;
  const commits = await rooms.commitsAt(
    roomId,
    seen.held.map(({ version }) => version),
  );
  return { ...seen.picture, gates: seen.held.map((gate) => gateView(gate, openedIn(commits, gate))) };
}
