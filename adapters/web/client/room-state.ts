import type { DeliveryClass, GateKind, GateOutcome, Recipients, TurnOutcome } from "../../../src/core/room/event.js";
import type { Attachment } from "../../../src/core/room/gate-content.js";
import { comparePlaces, type EventPlace } from "../../../src/core/room/position.js";
import { type RoomStateKind, roomState } from "../../../src/core/room/room-state.js";
import type { DeliveryState, ParticipantView } from "../../../src/core/room/view.js";
import type { RoomEventFrame } from "../../../src/protocol/events.js";
import type { StoredUpload } from "../../../src/protocol/files.js";
import type { MessagePage, MessageView } from "../../../src/protocol/messages.js";
import type { RoomView } from "../../../src/protocol/rooms.js";
import type { Deciding } from "./deciding.js";
import { factsOf, gatesInView, type OpenGates, withGatesOf } from "./open-gates.js";
import type { CallProblem } from "./problem.js";

export interface MessageEntry extends EventPlace {
  kind: "message";
  id: string;
  from: string;
  to: Recipients;
  body: string;
  class: DeliveryClass;
  at: number;
  delivery: Readonly<Record<string, DeliveryState>>;
  /** Files it carries. */
  files?: readonly Attachment[];
  /** The person who released it, if it was held. */
  released?: { by: string; edited: boolean };
}

/** One quiet line between messages: the event, without words. */
export type LineContent =
  | { what: "created" }
  | { what: "renamed"; name: string }
  | { what: "joined"; name: string; participant: "agent" | "human"; role: string; returns?: true; hasScript?: true }
  /** Agents that came in one commit. */
  | { what: "joined-together"; names: readonly string[]; hasScript?: true }
  | { what: "left"; name: string; reason?: string }
  | { what: "bounced"; to: string; detail: string }
  | { what: "expired"; recipients: readonly string[]; reason: string }
  | { what: "turn"; agent: string; outcome: Exclude<TurnOutcome, "done">; error?: string; by?: string }
  | { what: "notice"; text: string; about?: string }
  | { what: "paused" | "resumed" | "closed"; reason?: string }
  | { what: "budget"; agent?: string; limit: string }
  | { what: "mirror"; bound: boolean; platform?: string }
  | { what: "reminded"; gateKind: GateKind; from: string; waitedMs: number }
  /** A gate at the place where it opened. `text`: what is asked or wanted, for those who may see it. */
  | { what: "asked"; gateId: string; gateKind: GateKind; from: string; tool?: string; text?: string }
  | {
      what: "gate";
      gateId: string;
      gateKind: GateKind;
      outcome: GateOutcome;
      by: string;
      from?: string;
      tool?: string;
      text?: string;
      isEdited?: boolean;
      reason?: string;
    };

export interface LineEntry extends EventPlace {
  kind: "line";
  id: string;
  at: number;
  severity: "info" | "warning";
  line: LineContent;
}

export type TimelineEntry = MessageEntry | LineEntry;

/** An agent's work in its open turn, as far as it was shown. */
export interface Work {
  turnId: string;
  text: string;
  tool?: { name: string; summary: string };
  /** Tools it has finished since this page connected. */
  steps: number;
}

/** An unconfirmed own message, as it was typed. */
export interface KeptMessage {
  /** Sent again under the same key, so that it is stored once. */
  key: string;
  typed: string;
  /** Unix ms. */
  at: number;
  /** Goes into the turns its recipients are in, instead of waiting for their end. */
  steers?: true;
  /** Uploads it carries. */
  files?: readonly StoredUpload[];
}

/** A message of this page's person that the log does not show yet. */
export interface PendingMessage extends KeptMessage {
  to: Recipients;
  body: string;
  state: "sending" | "sent" | "failed";
  messageId?: string;
  problem?: CallProblem;
}

export interface RoomState extends OpenGates {
  roomId: string;
  /** Name this page's person speaks under. */
  me: string;
  name: string;
  /** Whether it is halted besides is seen from its gates. */
  status: Exclude<RoomStateKind, "halted">;
  participants: readonly ParticipantView[];
  /** Released messages, by gate. */
  releases: ReadonlyMap<string, { by: string; edited: boolean }>;
  usd: number;
  /** What keeps agents from calling their models, whatever the room's budgets say; undefined: nothing does. */
  spendingHold: string | undefined;
  /** Ascending by place. */
  entries: readonly TimelineEntry[];
  messageIds: ReadonlySet<string>;
  /** Where older messages continue; undefined when all are here. */
  older: string | undefined;
  work: ReadonlyMap<string, Work>;
  /** Decisions of other people's pages that can still be taken back, by gate. */
  deciding: Deciding;
  pending: readonly PendingMessage[];
}

/** Events are asked for from this far before the first picture, at most: enough for the lines between the newest messages. */
const maxHistoryEvents = 2_000;

/** A room as it is when the page opens it. `page` must be at least as new as `view`. */
export function openRoom(view: RoomView, page: MessagePage, me: string): RoomState {
  const entries = page.messages.map(messageEntry);
  return {
    roomId: view.roomId,
    me,
    name: view.name,
    status: view.state === "halted" ? "active" : view.state,
    baseVersion: view.version,
    cursor: undefined,
    participants: view.participants,
    gates: gatesInView(view),
    settledGates: new Map(),
    missingGates: new Set(),
    gateFacts: new Map(view.gates.map((gate) => [gate.gateId, factsOf(gate)])),
    releases: new Map(),
    usd: view.usage?.usd ?? 0,
    spendingHold: view.spendingHold,
    entries,
    messageIds: new Set(entries.map((entry) => entry.id)),
    older: page.next === undefined ? undefined : String(page.next),
    work: new Map(),
    deciding: new Map(),
    pending: [],
  };
}

/** The version after which events are read: from just before the oldest message that is shown. */
export function firstAfter(state: RoomState): number {
  const oldest = state.older === undefined ? 0 : (state.entries[0]?.version ?? state.baseVersion + 1) - 1;
  return Math.max(oldest, state.baseVersion - maxHistoryEvents, 0);
}

export function messageEntry(message: MessageView): MessageEntry {
  const { messageId, from, to, body, at, version, delivery, attachments: files } = message;
  const entry: MessageEntry = {
    ...{ kind: "message", id: messageId, from, to, body, class: message.class, at, version, index: 0, delivery },
  };
  return files ? { ...entry, files } : entry;
}

/** Older messages, put in front. */
export function addOlder(state: RoomState, page: MessagePage): RoomState {
  const fresh = page.messages.filter((message) => !state.messageIds.has(message.messageId)).map(messageEntry);
  return {
    ...state,
    entries: [...fresh, ...state.entries].sort(comparePlaces),
    messageIds: new Set([...state.messageIds, ...fresh.map((entry) => entry.id)]),
    older: page.next === undefined ? undefined : String(page.next),
  };
}

/** A later picture: presence and cost, which no event contains, and gates the page may lack. */
export function applyPresence(before: RoomState, view: RoomView): RoomState {
  const state = withGatesOf(before, view);
  const seen = new Map(view.participants.map((participant) => [participant.name, participant]));
  const isCurrent = view.version === (state.cursor?.version ?? state.baseVersion);
  const participants = state.participants.map((known) => {
    const now = seen.get(known.name);
    if (!now || samePresence(known, now)) return known;
    if (isCurrent) return now;
    return known.kind === "human" || now.status === "offline" ? { ...known, status: now.status } : known;
  });
  const unchanged = participants.every((participant, at) => participant === state.participants[at]);
  const usd = Math.max(state.usd, view.usage?.usd ?? 0);
  if (unchanged && usd === state.usd) return state;
  return { ...state, usd, participants: unchanged ? state.participants : participants };
}

function samePresence(a: ParticipantView, b: ParticipantView): boolean {
  return (
    a.status === b.status && a.unread === b.unread && a.sinceMs === b.sinceMs && a.role === b.role && a.note === b.note
  );
}

export function placeOfFrame(frame: RoomEventFrame): EventPlace {
  return { version: frame.version, index: frame.index };
}

/** Puts an entry where it belongs; nearly always that is the end. */
export function insertEntry(entries: readonly TimelineEntry[], entry: TimelineEntry): readonly TimelineEntry[] {
  let at = entries.length;
  while (at > 0) {
    const before = entries[at - 1];
    if (before === undefined || comparePlaces(before, entry) <= 0) break;
    at -= 1;
  }
  return [...entries.slice(0, at), entry, ...entries.slice(at)];
}

/** The role this page's person has; the least one when the room does not list them. */
export function myRole(state: RoomState): "owner" | "approver" | "member" | "viewer" {
  const role = state.participants.find(({ name, kind }) => kind === "human" && name === state.me)?.role;
  return role === "owner" || role === "approver" || role === "member" ? role : "viewer";
}

/** The room's state as shown. */
export function shownStateOf({ status, gates }: Pick<RoomState, "status" | "gates">): RoomStateKind {
  return roomState(status, { isHalted: gates.some(({ kind }) => kind === "continue") });
}
