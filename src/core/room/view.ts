import type { Activity } from "./activity.js";
import { brokenNote, isBroken } from "./conversation.js";
import type { ExpiredDelivery } from "./delivery.js";
import type { EventOf, GateContent, GateKind, GateOption, PersonRole, Recipients, RoomEvent, Usage } from "./event.js";
import { hashVersionOf, isGated } from "./gate.js";
import { maySeeHeld, roleMay } from "./rights.js";
import type { AgentMember, OpenGate, Room } from "./room.js";

/** An agent's current state. `waiting`: for a person. `offline`: its process is away. */
export type AgentStatus = "idle" | "working" | "waiting" | "offline";

/** A participant as people see it. */
export interface ParticipantView {
  name: string;
  displayName: string;
  kind: "agent" | "human";
  role: string;
  status: AgentStatus;
  /** Agents: messages that wait for it. */
  unread?: number;
  /** Agents that work: since when, Unix ms. */
  sinceMs?: number;
  /** Agents: usage of their model calls so far. */
  usage?: Usage;
  /** Agents: the node their files and memory are on, once they had a turn. */
  home?: string;
  /** Agents: the provider refuses their conversation again and again; only a new one helps. */
  broken?: true;
  /** Agents whose home and work folder were counted: what they take on disk, and may take. */
  disk?: { usedBytes: number; quotaBytes: number };
  /** The problem and its remedy, if there is a problem. */
  note?: string;
}

/** An agent's disk as it was counted last, bytes. `note`: it is paused for that, why and what to do. */
export interface AgentDisk {
  usedBytes: number;
  quotaBytes: number;
  note?: string;
}

/** Participants in the room now. `online` says whether a person has a connection open, or an agent's node is there. */
export function participantViews(room: Room, online: (name: string) => boolean): ParticipantView[] {
  const views: ParticipantView[] = [];
  for (const participant of room.participants.values()) {
    if (participant.leftVersion !== undefined) continue;
    const { name, displayName, kind, role } = participant;
    if (participant.kind === "human")
      views.push({ name, displayName, kind, role, status: online(name) ? "idle" : "offline" });
    else
      views.push({
        name,
        displayName,
        kind,
        role,
        ...agentStatus(participant, online(name)),
        unread: participant.waiting.length,
        usage: { ...participant.usage },
        ...(participant.home !== undefined && { home: participant.home }),
        ...(isBroken(participant) && { broken: true as const, note: brokenNote(participant) }),
      });
  }
  return views;
}

function agentStatus(agent: AgentMember, online: boolean): { status: AgentStatus; sinceMs?: number } {
  if (!online) return { status: "offline" };
  if (!agent.turn) return { status: "idle" };
  const asks = agent.turn.asks.some((ask) => ask.resolved === undefined);
  return { status: asks ? "waiting" : "working", sinceMs: agent.turn.startedAtMs };
}

/** An open gate as people see it; held text is there only for those who may see it. */
export interface GateView {
  gateId: string;
  kind: GateKind;
  from: string;
  to?: Recipients;
  body?: string;
  options?: GateOption[];
  /** Content shown beside the body. */
  content?: GateContent;
  hash?: string;
  /** Which of the two forms of `hash` this is; see `gateHash`. */
  hashVersion?: 1 | 2;
  why?: string;
  tool?: string;
  openedAt: number;
  expiresAt?: number;
}

/** The part of an open gate that every reader may see. Times are Unix milliseconds. */
type ShownGate = Pick<OpenGate, "gateId" | "kind" | "from" | "openedAtMs"> & {
  expiresAtMs?: number | undefined;
};

/** One open gate. `opened` is its event from the log, for those who may see held text; without it the gate is shown without its content. */
export function gateView(gate: ShownGate, opened: EventOf<"gate.opened"> | undefined): GateView {
  const { gateId, kind, from } = gate;
  const view: GateView = { gateId, kind, from, openedAt: gate.openedAtMs };
  if (gate.expiresAtMs !== undefined) view.expiresAt = gate.expiresAtMs;
  if (!opened) return view;
  const { to, body, options, content, hash, why, tool } = opened;
  return {
    ...view,
    body,
    hash,
    hashVersion: hashVersionOf(opened),
    why,
    ...(content && { content }),
    ...(to !== undefined && { to }),
    ...(options && { options }),
    ...(tool !== undefined && { tool }),
  };
}

/** Two kinds of readers of a room's events: those who may see held text and those who may not. */
export type Audience = "all" | "public";

/** Which audience a role belongs to. */
export function audienceOf(room: Room, role: PersonRole): Audience {
  return maySeeHeld(room, role) ? "all" : "public";
}

/** An event as the `public` audience gets it: that a gate exists, never what it holds; no scripts and no prompts. */
export function publicEvent(event: ServedRoomEvent): ServedRoomEvent {
  switch (event.type) {
    case "gate.opened": {
      const { type, gateId, kind, from, turnId, requestId, expiresAtMs, reminder } = event;
      return {
        ...{ type, gateId, kind, from, body: "", hash: "", why: "" },
        ...(turnId !== undefined && { turnId }),
        ...(requestId !== undefined && { requestId }),
        ...(expiresAtMs !== undefined && { expiresAtMs }),
        ...(reminder !== undefined && { reminder }),
      };
    }
    case "gate.resolved": {
      const { body: _body, answers: _answers, choices: _choices, reason: _reason, ...rest } = event;
      return rest;
    }
    case "gate.voted": {
      const { reason: _reason, ...rest } = event;
      return { ...rest, hash: "" };
    }
    case "message.bounced":
      return { ...event, detail: "" };
    case "message.missed":
      return { ...event, line: "" };
    case "participant.joined":
    case "participant.configured": {
      const { script: _script, prompt: _prompt, ...rest } = event;
      return rest;
    }
    default:
      return event;
  }
}

/** A room's event as it is served: a gate says which form its hash has. */
export type ServedRoomEvent = RoomEvent | (EventOf<"gate.opened"> & { hashVersion: 1 | 2 });

/** Drops members of an event that no reader outside the server needs. */
export function servedEvent(event: RoomEvent): ServedRoomEvent {
  if (event.type === "gate.opened") return { ...event, hashVersion: hashVersionOf(event) };
  if (event.type === "invite.created") return { ...event, hash: "" };
  if (event.type === "message.posted" && event.key) {
    const { key: _key, ...rest } = event;
    return rest;
  }
  return event;
}

/** A gated agent's work is shown to those who decide, also after it left; anybody else's to all who read. */
export function mayWatchWork(room: Room, agentName: string, role: PersonRole): boolean {
  const agent = room.participants.get(agentName);
  if (agent?.kind === "agent" && isGated(agent, room.policy)) return roleMay(role, "decide");
  return roleMay(role, "read");
}

/** An agent's activity for this audience; undefined: hidden. */
export function activityFor(activity: Activity, audience: Audience): Activity | undefined {
  switch (activity.type) {
    case "activity.text": {
      const { openText, ...rest } = activity;
      const text = audience === "all" ? rest.text : (openText ?? rest.text);
      return text === "" ? undefined : { ...rest, text };
    }
    case "activity.tool": {
      const { held, ...rest } = activity;
      return held && audience === "public" ? { ...rest, summary: "" } : rest;
    }
    case "activity.snapshot": {
      const { openText, tool, ...rest } = activity;
      const text = audience === "all" ? rest.text : (openText ?? rest.text);
      if (!tool) return { ...rest, text };
      const { name, summary, held } = tool;
      return { ...rest, text, tool: { name, summary: held && audience === "public" ? "" : summary } };
    }
    case "activity.ended":
    case "activity.deciding":
      return activity;
  }
}

/** How far a message came to one agent. */
export type DeliveryState = "queued" | "delivered" | "acknowledged" | "expired" | "failed" | "withdrawn";

/** Per agent that was there when it was posted: how far the message came. A message that neither waits nor expired nor was withdrawn, and whose turn did not fail, is acknowledged. */
export function deliveryOf(
  room: Room,
  message: { from: string; to: Recipients; version: number; index: number },
): Record<string, DeliveryState> {
  const delivery: Record<string, DeliveryState> = {};
  for (const participant of room.participants.values()) {
    if (participant.kind !== "agent" || participant.name === message.from) continue;
    if (message.to !== "room" && !message.to.includes(participant.name)) continue;
    const wasThere =
      participant.joinedVersion < message.version &&
      (participant.leftVersion ?? Number.POSITIVE_INFINITY) > message.version;
    if (wasThere) delivery[participant.name] = deliveryTo(room, participant, message);
  }
  return delivery;
}

function deliveryTo(
  room: Room,
  agent: AgentMember,
  { version, index }: { version: number; index: number },
): DeliveryState {
  const isIt = (seq: number) => {
    const message = room.waiting.get(seq);
    return message?.version === version && message.index === index;
  };
  if (agent.turn?.taken.some(isIt)) return "delivered";
  if (agent.waiting.some(isIt)) return "queued";
  const isHere = (entry: ExpiredDelivery) =>
    entry.agent === agent.name && entry.version === version && entry.index === index;
  if (room.failed.some(isHere)) return "failed";
  const gone = room.expired.find(isHere);
  if (!gone) return "acknowledged";
  return gone.isWithdrawn ? "withdrawn" : "expired";
}
