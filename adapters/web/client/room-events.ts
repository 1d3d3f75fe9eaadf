import type { TurnOutcome } from "../../../src/core/room/event.js";
import { comparePlaces, isAfter } from "../../../src/core/room/position.js";
import { addUsage, noUsage } from "../../../src/core/room/usage.js";
import type { DeliveryState, ParticipantView } from "../../../src/core/room/view.js";
import { gateView } from "../../../src/core/room/view.js";
import type { RoomEventFrame, RoomFrame } from "../../../src/protocol/events.js";
import { decidingAfter, withoutDeciding } from "./deciding.js";
import { factsOf, type Gate, noteGate } from "./open-gates.js";
import { isActivity } from "./problem.js";
import { lineOf } from "./room-lines.js";
import { insertEntry, type LineEntry, type MessageEntry, placeOfFrame, type RoomState } from "./room-state.js";
import { workAfter } from "./work.js";

type LogFrameOf<T extends RoomEventFrame["type"]> = Extract<RoomEventFrame, { type: T }>;

/**
 * Takes in one frame of the stream. Frames that were taken in already change nothing, so a stream may start again
 * earlier than it broke off. Events up to the first picture become lines only: the picture has their effects.
 */
export function applyFrame(state: RoomState, frame: RoomFrame): RoomState {
  if (frame.type === "activity.deciding") return { ...state, deciding: decidingAfter(state.deciding, frame) };
  if (isActivity(frame)) return { ...state, work: workAfter(state.work, frame) };
  if (state.cursor && !isAfter(placeOfFrame(frame), state.cursor)) return state;
  const shown = noteGate(withHistory({ ...state, cursor: placeOfFrame(frame) }, frame), frame);
  return frame.version <= state.baseVersion ? shown : withEffect(shown, frame);
}

/** Forgets who works on what: a new connection sends it again. */
export function forgetWork(state: RoomState): RoomState {
  return state.work.size === 0 ? state : { ...state, work: new Map() };
}

/** The row that an event adds to the timeline: a message or a quiet line. */
function withHistory(state: RoomState, frame: RoomEventFrame): RoomState {
  if (frame.type === "message.posted") return withMessage(state, frame);
  if (frame.type === "message.withdrawn") return withdrawn(state, frame);
  if (frame.type === "gate.opened")
    return withLine({ ...state, gateFacts: new Map(state.gateFacts).set(frame.gateId, factsOf(frame)) }, frame);
  if (frame.type === "gate.resolved" && (frame.outcome === "approved" || frame.outcome === "edited")) {
    const release = { by: frame.by, edited: frame.outcome === "edited" };
    return { ...state, releases: new Map(state.releases).set(frame.gateId, release) };
  }
  return withLine(state, frame);
}

function withLine(state: RoomState, frame: RoomEventFrame): RoomState {
  const found = lineOf(frame, state.gateFacts);
  if (!found) return state;
  const id = `${frame.version}.${frame.index}`;
  const entry: LineEntry = { kind: "line", id, at: frame.at, ...placeOfFrame(frame), ...found };
  return { ...state, entries: insertEntry(state.entries, entry) };
}

function withMessage(state: RoomState, frame: LogFrameOf<"message.posted">): RoomState {
  const { messageId: id, from, to, body, at, gateId } = frame;
  const release = gateId === undefined ? undefined : state.releases.get(gateId);
  const details = { ...placeOfFrame(frame), ...(release && { released: release }) };
  if (state.messageIds.has(id)) {
    const entries = state.entries.map((entry) => (entry.id === id ? { ...entry, ...details } : entry));
    return { ...state, entries: entries.sort(comparePlaces) };
  }
  const delivery: Record<string, DeliveryState> = {};
  for (const { name } of receivers(state, frame)) delivery[name] = "queued";
  const files = frame.attachments?.length ? { files: frame.attachments } : {};
  const entry: MessageEntry = {
    ...{ kind: "message", id, from, to, body, class: frame.class, at, delivery },
    ...details,
    ...files,
  };
  return {
    ...state,
    entries: insertEntry(state.entries, entry),
    messageIds: new Set(state.messageIds).add(id),
    pending: withoutArrived(state, frame),
  };
}

/** An own message that the log shows is no longer pending, even if the answer to the post has not arrived yet. */
function withoutArrived(state: RoomState, frame: LogFrameOf<"message.posted">): RoomState["pending"] {
  if (frame.from !== state.me) return state.pending;
  const byId = state.pending.findIndex(({ messageId }) => messageId === frame.messageId);
  const at = byId >= 0 ? byId : state.pending.findIndex((own) => !own.messageId && own.body === frame.body);
  return at < 0 ? state.pending : state.pending.filter((_, index) => index !== at);
}

function receivers(state: RoomState, message: LogFrameOf<"message.posted">): ParticipantView[] {
  return state.participants.filter(
    ({ name, kind }) =>
      kind === "agent" && name !== message.from && (message.to === "room" || message.to.includes(name)),
  );
}

/** The event's changes to participants, gates and delivery. */
function withEffect(state: RoomState, frame: RoomEventFrame): RoomState {
  switch (frame.type) {
    case "room.configured":
      return frame.name === undefined ? state : { ...state, name: frame.name };
    case "room.paused":
      return { ...state, status: "paused" };
    case "room.resumed":
      return { ...state, status: "active" };
    case "room.closed":
      return { ...state, status: "closed" };
    case "participant.joined":
      return joined(state, frame);
    case "participant.left":
      return { ...state, participants: state.participants.filter(({ name }) => name !== frame.name) };
    case "participant.configured":
      return configured(state, frame);
    case "usage.recorded":
      return used(state, frame);
    case "notice.posted":
      return frame.spendingHold === undefined
        ? state
        : { ...state, spendingHold: frame.spendingHold === "" ? undefined : frame.text };
    case "message.posted":
      return countUnread(state, new Set(receivers(state, frame).map(({ name }) => name)), 1);
    case "message.bounced":
      return countUnread(state, new Set([frame.to]), 1);
    case "message.expired":
      return expired(state, frame);
    case "message.withdrawn":
      return countUnread(state, new Set(frame.agents), -1);
    case "message.retried":
      return retried(state, frame);
    case "conversation.begun":
      return changeParticipants(state, new Set([frame.agent]), ({ broken: _broken, note: _note, ...known }) => known);
    case "gate.opened":
    case "gate.resolved":
      return withGates(state, frame);
    case "gate.reasked":
      return withWaiting(state, frame.agent);
    case "turn.started":
    case "turn.steered":
      return took(state, frame);
    case "turn.ended":
      return turnEnded(state, frame);
    default:
      return state;
  }
}

/** Adds an agent's usage to its total. */
function used(state: RoomState, frame: LogFrameOf<"usage.recorded">): RoomState {
  const withUsd = { ...state, usd: state.usd + frame.usd };
  return changeParticipants(withUsd, new Set([frame.agent]), (known) => ({
    ...known,
    usage: addUsage(known.usage ?? noUsage, frame),
  }));
}

function joined(state: RoomState, frame: LogFrameOf<"participant.joined">): RoomState {
  const { name, displayName, kind, role, runtime, model } = frame;
  const view: ParticipantView = {
    name,
    displayName,
    kind,
    role,
    status: "idle",
    ...(kind === "agent" && { unread: 0 }),
    ...(runtime !== undefined && { runtime }),
    ...(model !== undefined && { model }),
  };
  return { ...state, participants: [...state.participants.filter((known) => known.name !== name), view] };
}

function configured(state: RoomState, frame: LogFrameOf<"participant.configured">): RoomState {
  const { displayName, role, model } = frame;
  return changeParticipants(state, new Set([frame.name]), (known) => ({
    ...known,
    ...(displayName !== undefined && { displayName }),
    ...(role !== undefined && { role }),
    ...(model !== undefined && { model }),
  }));
}

function changeParticipants(
  state: RoomState,
  names: ReadonlySet<string>,
  change: (known: ParticipantView) => ParticipantView,
): RoomState {
  const participants = state.participants.map((known) => (names.has(known.name) ? change(known) : known));
  return { ...state, participants };
}

function countUnread(state: RoomState, names: ReadonlySet<string>, by: number): RoomState {
  if (names.size === 0 || by === 0) return state;
  return changeParticipants(state, names, (known) =>
    known.kind === "agent" ? { ...known, unread: Math.max(0, (known.unread ?? 0) + by) } : known,
  );
}

function changeDelivery(
  state: RoomState,
  change: (entry: MessageEntry) => Record<string, DeliveryState> | undefined,
): RoomState {
  const entries = state.entries.map((entry) => {
    const delivery = entry.kind === "message" ? change(entry) : undefined;
    return entry.kind === "message" && delivery ? { ...entry, delivery } : entry;
  });
  return { ...state, entries };
}

function expired(state: RoomState, { messageId, recipients }: LogFrameOf<"message.expired">): RoomState {
  const gone = Object.fromEntries(recipients.map((name) => [name, "expired" as const]));
  const told = changeDelivery(state, (entry) => (entry.id === messageId ? { ...entry.delivery, ...gone } : undefined));
  return countUnread(told, new Set(recipients), -1);
}

/** Its sender took it back; another one may stand in its place. */
function withdrawn(state: RoomState, { messageId, agents }: LogFrameOf<"message.withdrawn">): RoomState {
  const gone = Object.fromEntries(agents.map((name) => [name, "withdrawn" as const]));
  return changeDelivery(state, (entry) => (entry.id === messageId ? { ...entry.delivery, ...gone } : undefined));
}

/** It waits for these agents again. */
function retried(state: RoomState, { messageId, agents }: LogFrameOf<"message.retried">): RoomState {
  const queued = Object.fromEntries(agents.map((name) => [name, "queued" as const]));
  const told = changeDelivery(state, (entry) =>
    entry.id === messageId ? { ...entry.delivery, ...queued } : undefined,
  );
  return countUnread(told, new Set(agents), 1);
}

/** A turn took messages out of the agent's mailbox. */
function took(state: RoomState, frame: LogFrameOf<"turn.started"> | LogFrameOf<"turn.steered">): RoomState {
  const { agent } = frame;
  const taken = new Set(frame.messages);
  const told = changeDelivery(state, (entry) =>
    taken.has(entry.id) ? { ...entry.delivery, [agent]: "delivered" } : undefined,
  );
  const counted = countUnread(told, new Set([agent]), -taken.size);
  if (frame.type === "turn.steered") return counted;
  return changeParticipants(counted, new Set([agent]), (known) => ({ ...known, status: "working", sinceMs: frame.at }));
}

/** An agent has at most one open turn, so messages delivered to it belong to the turn that ended. */
function turnEnded(state: RoomState, { agent, outcome, turnId }: LogFrameOf<"turn.ended">): RoomState {
  const next: DeliveryState = nextDelivery(outcome);
  const told = changeDelivery(state, ({ delivery }) =>
    delivery[agent] === "delivered" ? { ...delivery, [agent]: next } : undefined,
  );
  const idle = changeParticipants(told, new Set([agent]), ({ sinceMs: _since, ...known }) => ({
    ...known,
    status: "idle",
  }));
  if (idle.work.get(agent)?.turnId !== turnId) return idle;
  const work = new Map(idle.work);
  work.delete(agent);
  return { ...idle, work };
}

function nextDelivery(outcome: TurnOutcome): DeliveryState {
  if (outcome === "failed" || outcome === "timed-out") return "failed";
  return outcome === "lost" ? "queued" : "acknowledged";
}

function withGates(state: RoomState, frame: LogFrameOf<"gate.opened"> | LogFrameOf<"gate.resolved">): RoomState {
  const others = state.gates.filter(({ gateId }) => gateId !== frame.gateId);
  const deciding = frame.type === "gate.opened" ? state.deciding : withoutDeciding(state.deciding, frame.gateId);
  const changed = { ...state, deciding, gates: frame.type === "gate.opened" ? [...others, gateOf(frame)] : others };
  const agent = frame.type === "gate.opened" ? frame.from : state.gateFacts.get(frame.gateId)?.from;
  return agent === undefined ? changed : withWaiting(changed, agent);
}

/** Works again once nothing its turn waits for is open. */
function withWaiting(state: RoomState, agent: string): RoomState {
  const waits = state.gates.some(({ from, blocks }) => blocks && from === agent);
  return changeParticipants(state, new Set([agent]), (known) => {
    if (waits) return { ...known, status: "waiting" };
    return known.status === "waiting" ? { ...known, status: "working" } : known;
  });
}

/** Viewers who may not see held text get an empty hash, so there is nothing to show or decide. */
function gateOf(frame: LogFrameOf<"gate.opened">): Gate {
  const view = gateView({ ...frame, openedAtMs: frame.at }, frame.hash === "" ? undefined : frame);
  return { ...view, blocks: frame.requestId !== undefined };
}
