import type { GateKind } from "../../../src/core/room/event.js";
import type { GateView, ParticipantView } from "../../../src/core/room/view.js";
import type { RoomEventFrame } from "../../../src/protocol/events.js";
import type { RoomView } from "../../../src/protocol/rooms.js";
import { tellingInput } from "./gate-input.js";

/** A gate with what the page needs to know beside its content. */
export interface Gate extends GateView {
  /** Whether the agent's turn waits for it. */
  blocks: boolean;
}

/** The facts of a gate that are shown after it is decided. */
export interface GateFacts {
  from: string;
  kind: GateKind;
  tool?: string;
  /** The tool's input. */
  input?: string;
  /** What a question asked. */
  question?: string;
}

/** The page's state about gates, part of its state of the room. */
export interface OpenGates {
  /** Version of the first picture: events up to it are history, the picture has their effects. */
  baseVersion: number;
  /** Last event of the log that was taken in. */
  cursor: { version: number; index: number } | undefined;
  gates: readonly Gate[];
  /** Gates whose decision was seen in the stream, with who decided and how. */
  settledGates: ReadonlyMap<string, { by: string; outcome: string }>;
  /** Gates the stream names as open that the picture does not have. */
  missingGates: ReadonlySet<string>;
  /** Facts of gates seen opening, to say later whose they were. */
  gateFacts: ReadonlyMap<string, GateFacts>;
}

/** The open gates of a picture of the room. */
export function gatesInView({ gates, participants }: Pick<RoomView, "gates" | "participants">): Gate[] {
  return gates.map((gate) => ({ ...gate, blocks: blocksTurn(gate, participants) }));
}

/** A tool permission always holds its turn up; a question of a picture does if its agent is said to wait. */
function blocksTurn(gate: GateView, participants: readonly ParticipantView[]): boolean {
  if (gate.kind === "tool") return true;
  return (
    gate.kind === "question" && participants.some(({ name, status }) => name === gate.from && status === "waiting")
  );
}

/** The facts of a gate that are shown after it is decided. */
export function factsOf(gate: {
  from: string;
  kind: GateKind;
  tool?: string | undefined;
  body?: string | undefined;
  content?: { questions?: readonly { text: string }[] | undefined } | undefined;
}): GateFacts {
  const { from, kind, tool, body, content } = gate;
  const question = kind === "question" ? (content?.questions?.map(({ text }) => text).join(" / ") ?? body) : undefined;
  const input = tool === undefined || body === undefined ? undefined : tellingInput(body);
  return {
    from,
    kind,
    ...(tool !== undefined && { tool }),
    ...(input !== undefined && { input }),
    ...(question !== undefined && question !== "" && { question }),
  };
}

/**
 * Notes which gates are decided, and which the stream names as open although the picture does not have them. Those of the
 * history may be decided further on in it.
 */
export function noteGate<State extends OpenGates>(state: State, frame: RoomEventFrame): State {
  if (frame.type === "gate.resolved") {
    const missingGates = without(state.missingGates, frame.gateId);
    const settled = { by: frame.by, outcome: frame.outcome };
    return { ...state, missingGates, settledGates: new Map(state.settledGates).set(frame.gateId, settled) };
  }
  const isNews = frame.type === "gate.opened" && frame.version > state.baseVersion;
  const namesOpenGate = frame.type === "gate.opened" || frame.type === "gate.reminded" || frame.type === "gate.reasked";
  if (!namesOpenGate || isNews || state.settledGates.has(frame.gateId)) return state;
  if (state.gates.some(({ gateId }) => gateId === frame.gateId)) return state;
  return { ...state, missingGates: new Set(state.missingGates).add(frame.gateId) };
}

/** Whether the room has to be looked at again: a gate is open that is not shown. */
export function lacksGates({ missingGates, cursor, baseVersion }: OpenGates): boolean {
  return missingGates.size > 0 && (cursor?.version ?? 0) >= baseVersion;
}

/**
 * Takes in the gates of a later picture. A gate it shows is added unless its decision was seen; one it does not show is taken
 * away only where picture and page are of the same version: otherwise the stream says what became of it.
 */
export function withGatesOf<State extends OpenGates>(state: State, view: RoomView): State {
  if (view.version < state.baseVersion) return state;
  const seenVersion = Math.max(state.cursor?.version ?? 0, state.baseVersion);
  const pictured = new Map(gatesInView(view).map((gate) => [gate.gateId, gate]));
  const kept = state.gates.filter(({ gateId }) => view.version !== seenVersion || pictured.has(gateId));
  const shown = kept.map((gate) => {
    const now = pictured.get(gate.gateId);
    // The person's role may have changed: held text appears or disappears with it.
    const mayShowOther = now !== undefined && view.version >= seenVersion && now.hash !== gate.hash;
    return mayShowOther ? { ...now, blocks: gate.blocks } : gate;
  });
  const known = new Set(state.gates.map(({ gateId }) => gateId));
  const added = [...pictured.values()].filter(({ gateId }) => !known.has(gateId) && !state.settledGates.has(gateId));
  const isSame =
    added.length === 0 && shown.length === state.gates.length && shown.every((gate) => state.gates.includes(gate));
  if (isSame && state.missingGates.size === 0) return state;
  const gateFacts = new Map(state.gateFacts);
  for (const gate of added) gateFacts.set(gate.gateId, factsOf(gate));
  return { ...state, gates: isSame ? state.gates : [...shown, ...added], gateFacts, missingGates: new Set() };
}

function without(set: ReadonlySet<string>, member: string): ReadonlySet<string> {
  if (!set.has(member)) return set;
  const less = new Set(set);
  less.delete(member);
  return less;
}
