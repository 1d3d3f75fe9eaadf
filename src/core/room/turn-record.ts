import type { EventOf, GateKind, GateOutcome, RoomEvent, TurnOutcome, Usage } from "./event.js";

/** A gate that an agent's turn opened. `outcome` is absent while it is open. */
export interface TurnGate {
  gateId: string;
  kind: GateKind;
  /** Tools: its name. */
  tool?: string;
  outcome?: GateOutcome;
  /** The name of the person who decided it. */
  by?: string;
}

/** A turn of an agent as the room's log tells it. Times are Unix ms. */
export interface TurnRecord {
  turnId: string;
  agent: string;
  startedAtMs: number;
  /** Absent while it runs. */
  endedAtMs?: number;
  outcome?: TurnOutcome;
  error?: string;
  /** Tools it used; while it runs, and where it was cut off, those before it last said something. */
  steps: number;
  usage: Usage;
  models: string[];
  gates: TurnGate[];
  /** Ids of the messages it posted. */
  messages: string[];
}

/** The newest turns of a room, by id, in the order they started; changed in place as the log is read. */
export interface TurnRecords {
  turns: Map<string, TurnRecord>;
  /** By gate: the turns that wait for it. A question that is asked again belongs to both. */
  turnsOfGate: Map<string, string[]>;
}

/** No turns. */
export function emptyTurnRecords(): TurnRecords {
  return { turns: new Map(), turnsOfGate: new Map() };
}

/** Turns of a room that are known at once; the oldest are forgotten. */
export const maxTurnRecords = 20_000;

const noUsage: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };

/** Applies one event of the room's log, in place. `at`: Unix ms. */
export function recordTurnEvent(records: TurnRecords, event: RoomEvent, at: number): void {
  switch (event.type) {
    case "turn.started":
      begin(records, event, at);
      break;
    case "turn.ended":
      change(records, event.turnId, (turn) => {
        Object.assign(turn, { endedAtMs: at, outcome: event.outcome });
        if (event.error !== undefined) turn.error = event.error;
        turn.steps = Math.max(turn.steps, event.steps ?? 0);
      });
      break;
    case "usage.recorded":
      change(records, event.turnId, (turn) => addUsage(turn, event));
      break;
    case "message.posted":
      change(records, event.turnId, (turn) => {
        turn.messages.push(event.messageId);
        turn.steps = Math.max(turn.steps, event.steps ?? 0);
      });
      break;
    case "gate.opened":
      openGate(records, event);
      break;
    case "gate.reasked":
      reaskGate(records, event);
      break;
    case "gate.resolved":
      resolveGate(records, event);
      break;
    default:
  }
}

function resolveGate(records: TurnRecords, { gateId, outcome, by }: EventOf<"gate.resolved">): void {
  for (const turnId of records.turnsOfGate.get(gateId) ?? [])
    change(records, turnId, (turn) => {
      turn.gates = turn.gates.map((gate) => (gate.gateId === gateId ? { ...gate, outcome, by } : gate));
    });
  records.turnsOfGate.delete(gateId);
}

function change(records: TurnRecords, turnId: string | undefined, apply: (turn: TurnRecord) => void): void {
  const turn = turnId === undefined ? undefined : records.turns.get(turnId);
  if (turn) apply(turn);
}

function begin({ turns }: TurnRecords, { turnId, agent }: EventOf<"turn.started">, startedAtMs: number): void {
  if (turns.has(turnId)) return;
  turns.set(turnId, { turnId, agent, startedAtMs, steps: 0, usage: noUsage, models: [], gates: [], messages: [] });
  const [oldest] = turns.keys();
  if (turns.size > maxTurnRecords && oldest !== undefined) turns.delete(oldest);
}

function addUsage(turn: TurnRecord, { model, ...used }: EventOf<"usage.recorded">): void {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, usd } = turn.usage;
  turn.usage = {
    inputTokens: inputTokens + used.inputTokens,
    outputTokens: outputTokens + used.outputTokens,
    cacheReadTokens: cacheReadTokens + used.cacheReadTokens,
    cacheWriteTokens: cacheWriteTokens + used.cacheWriteTokens,
    usd: usd + used.usd,
  };
  if (model !== undefined && !turn.models.includes(model)) turn.models = [...turn.models, model];
}

function openGate(records: TurnRecords, event: EventOf<"gate.opened">): void {
  const { gateId, kind, tool, turnId, message } = event;
  if (turnId === undefined || !records.turns.has(turnId)) return;
  records.turnsOfGate.set(gateId, [turnId]);
  change(records, turnId, (turn) => {
    turn.gates = [...turn.gates, { gateId, kind, ...(tool !== undefined && { tool }) }];
    turn.steps = Math.max(turn.steps, message?.steps ?? 0);
  });
}

function reaskGate(records: TurnRecords, { gateId, turnId }: EventOf<"gate.reasked">): void {
  const asked = records.turnsOfGate.get(gateId) ?? [];
  const gate = asked.map((id) => records.turns.get(id)?.gates.find((one) => one.gateId === gateId)).find((one) => one);
  if (!gate || !records.turns.has(turnId)) return;
  records.turnsOfGate.set(gateId, [...asked, turnId]);
  change(records, turnId, (turn) => {
    turn.gates = [...turn.gates, gate];
  });
}
