import type { Output } from "../../src/ports/agents.js";

/** Where a session with a process of Claude Code is. A value: every transition gives a new one. */
export interface SessionState {
  /**
   * Only a process that was taken over has more than `live`. `waits`: its turn's messages were not sent again yet, so nothing of it is read.
   * `catches up`: its output is replayed, without the parts that were only shown live.
   */
  readonly stage: "waits" | "catches up" | "live";
  /** `has read`: nothing came since this was last asked. */
  readonly reading: "reads" | "waits for room" | "has read";
  /** Control requests that were sent. */
  readonly requests: number;
  /** The room knows that a line was dropped. */
  readonly hasToldOfDropped: boolean;
  /** How the process is to end; `unexpected`: not at all. */
  readonly end: "unexpected" | "graceful" | "forced";
}

/** Recorded once however often it comes. */
const recordedById: ReadonlySet<Output["kind"]> = new Set(["block", "ask", "askWithdrawn"]);
const work: ReadonlySet<Output["kind"]> = new Set(["block", "tool", "ask"]);

/** A session whose process was started, or was taken over from another router. */
export function newSession({ isTakenOver }: { isTakenOver: boolean }): SessionState {
  const stage = isTakenOver ? "waits" : "live";
  return { stage, reading: "reads", requests: 0, hasToldOfDropped: false, end: "unexpected" };
}

/** A prompt was written: of a process that was taken over, the turn is known now. */
export function promptWritten(state: SessionState): SessionState {
  return state.stage === "waits" ? { ...state, stage: "catches up" } : state;
}

/** All that a process put out before it was taken over was read. */
export function replayRead(state: SessionState): SessionState {
  return { ...state, stage: "live" };
}

/** A control request is sent, under an id of its own. */
export function requestSent(state: SessionState): { state: SessionState; requestId: string } {
  return { state: { ...state, requests: state.requests + 1 }, requestId: `parley-${state.requests}` };
}

/** A line was dropped. The room hears of it once, and of an agent only within a turn. */
export function lineDropped(state: SessionState, isInTurn: boolean): { state: SessionState; isTold: boolean } {
  const isTold = isInTurn && !state.hasToldOfDropped;
  return { state: isTold ? { ...state, hasToldOfDropped: true } : state, isTold };
}

/** A message of the SDK was read; the next one is read when the runtime has room for its outputs. */
export function readHeld(state: SessionState): SessionState {
  return { ...state, reading: "waits for room" };
}

/** The runtime has room. */
export function readGoesOn(state: SessionState): SessionState {
  return { ...state, reading: "reads" };
}

/** Asks whether something is still to be read: it was not if `hasReadAll` says so a moment later. */
export function readProbed(state: SessionState): SessionState {
  return state.reading === "reads" ? { ...state, reading: "has read" } : state;
}

/** Nothing was read since the question. */
export function hasReadAll({ reading }: SessionState): boolean {
  return reading === "has read";
}

/** Marks the end of the process as expected from now on. */
export function endExpected(state: SessionState, { isGraceful }: { isGraceful: boolean }): SessionState {
  return { ...state, end: isGraceful ? "graceful" : "forced" };
}

/** Whether the runtime gets an output. `isStopping`: the turn was interrupted, and not every version marks a text that an interrupt cut off. */
export function isPassedOn(
  { stage }: SessionState,
  kind: Output["kind"],
  { reportsUsage, isStopping }: { reportsUsage: boolean; isStopping: boolean },
): boolean {
  if (stage !== "live" && !recordedById.has(kind)) return false;
  if (kind === "usage") return reportsUsage;
  return kind !== "block" || !isStopping;
}

/** Whether an output is work in a turn. A question of a running turn does not begin a turn until the turn's messages have been sent again. */
export function isTurnWork({ stage }: SessionState, kind: Output["kind"]): boolean {
  return stage !== "waits" && work.has(kind);
}
