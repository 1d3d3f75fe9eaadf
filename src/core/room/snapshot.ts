import type { FailedDelivery, WaitingMessage } from "./delivery.js";
import type { OpenTurn } from "./open-turn.js";
import {
  type AgentMember,
  emptyRoom,
  isOpen,
  nextDueAtMs,
  type Participant,
  type ResolvedGate,
  type Room,
} from "./room.js";
import { noUsage } from "./usage.js";

/** Changes whenever the shape of `Room` or the meaning of the fold does; snapshots of another schema are folded again. */
export const snapshotSchema = "room-10";

/** Plain JSON of a room, and its header. It shares parts with the room: serialise it before the room changes. */
export function toSnapshot(room: Room): {
  schema: string;
  version: number;
  commitId: string;
  open: boolean;
  dueAtMs?: number;
  state: unknown;
} {
  const dueAtMs = nextDueAtMs(room);
  return {
    schema: snapshotSchema,
    version: room.version,
    commitId: room.commitId,
    open: isOpen(room),
    ...(dueAtMs !== undefined && { dueAtMs }),
    state: stateOf(room),
  };
}

/** Frequent records are stored without field names, and participants as indexes. */
interface StoredMaps {
  participants: unknown[];
  agents: number[];
  gates: ValueOf<"gates">[];
  waiting: (string | number | boolean | null)[][];
  expired: [version: number, index: number, agent: number, isWithdrawn?: true][];
  failed: [agent: number, ...Row][];
  invites: ValueOf<"invites">[];
  mirrors: ValueOf<"mirrors">[];
  resolvedGates: [string, ...Row][];
  idempotencyKeys: [string, ...Row][];
}
type Row = (string | number)[];
type ValueOf<F extends keyof Room> = Room[F] extends Map<infer _, infer Value> ? Value : never;
type StoredState = Omit<Room, keyof StoredMaps> & StoredMaps;

function stateOf(room: Room): StoredState {
  const places = new Map([...room.participants.keys()].map((name, place) => [name, place]));
  const placeOf = (name: string) => places.get(name) ?? -1;
  return {
    ...room,
    participants: [...room.participants.values()].map(thin),
    agents: room.agents.map(placeOf),
    gates: [...room.gates.values()],
    waiting: [...room.waiting.values()].map((message) => toRow(message)),
    expired: room.expired.map(({ version, index, agent, isWithdrawn }) =>
      isWithdrawn ? [version, index, placeOf(agent), isWithdrawn] : [version, index, placeOf(agent)],
    ),
    failed: room.failed.map((one) => [placeOf(one.agent), ...failedFields.map((field) => one[field])]),
    invites: [...room.invites.values()],
    mirrors: [...room.mirrors.values()],
    resolvedGates: Array.from(room.resolvedGates, ([id, gate]) => [id, gate.by, gate.outcome, gate.version, gate.atMs]),
    idempotencyKeys: Array.from(room.idempotencyKeys, ([hash, key]) => [
      hash,
      key.fingerprint,
      key.version,
      key.messageId,
      key.atMs,
    ]),
  };
}

const waitingFields = [
  "seq",
  "messageId",
  "version",
  "index",
  "from",
  "class",
  "hop",
  "wakes",
  "holders",
  "expiresAtMs",
  "attempt",
  "taken",
] as const;

/** A member that is absent before one that is there is null. */
function toRow(message: WaitingMessage): (string | number | boolean | null)[] {
  const row = waitingFields.map((field) => message[field] ?? null);
  while (row.at(-1) === null) row.pop();
  return row;
}

function fromRow(row: readonly unknown[]): WaitingMessage {
  const members = row.map((value, at) => [waitingFields[at], value]).filter(([, value]) => value !== null);
  return Object.fromEntries(members) as WaitingMessage;
}

const failedFields = ["version", "index", "messageId", "from", "class", "attempt", "endedVersion"] as const;

function failedFrom(row: readonly unknown[], agent: string): FailedDelivery {
  const members = failedFields.map((field, at) => [field, row[at]]);
  return { ...Object.fromEntries(members), agent } as FailedDelivery;
}

/** The room of a snapshot this version wrote; the caller has compared the schema. The result owns `state`. */
export function fromSnapshot(roomId: string, state: unknown): Room {
  const stored = state as StoredState;
  const participants = stored.participants.map(whole);
  const nameAt = (place: number) => participants[place]?.name ?? "";
  return {
    ...emptyRoom(roomId),
    ...stored,
    participants: byKey(participants, ({ name }) => name),
    agents: stored.agents.map(nameAt),
    expired: stored.expired.map(([version, index, place, isWithdrawn]) => ({
      version,
      index,
      agent: nameAt(place),
      ...(isWithdrawn && { isWithdrawn }),
    })),
    failed: stored.failed.map(([place, ...row]) => failedFrom(row, nameAt(place))),
    gates: byKey(stored.gates, ({ gateId }) => gateId),
    waiting: byKey(stored.waiting.map(fromRow), ({ seq }) => seq),
    invites: byKey(stored.invites, ({ inviteId }) => inviteId),
    mirrors: byKey(stored.mirrors, ({ mirrorId }) => mirrorId),
    resolvedGates: new Map(
      stored.resolvedGates.map(([id, by, outcome, version, atMs]) => [
        id,
        { by, outcome, version, atMs } as ResolvedGate,
      ]),
    ),
    idempotencyKeys: new Map(
      stored.idempotencyKeys.map(([hash, fingerprint, version, messageId, atMs]) => [
        hash,
        { fingerprint, version, messageId, atMs } as ValueOf<"idempotencyKeys">,
      ]),
    ),
  };
}

function byKey<Key, Value>(values: readonly Value[], keyOf: (value: Value) => Key): Map<Key, Value> {
  return new Map(values.map((value) => [keyOf(value), value]));
}

/** What most agents and turns have is left out: a room of 500 agents is mostly that. */
const usualAgent = (): Partial<AgentMember> => ({
  waiting: [],
  opening: false,
  bounced: false,
  turns: 0,
  approvedOnce: false,
  usage: { ...noUsage },
});
const usualTurn = (): Partial<OpenTurn> => ({
  attempt: 1,
  opening: false,
  taken: [],
  hop: 0,
  posted: [],
  postedBefore: 0,
  asks: [],
  askedBefore: [],
});

function thin(participant: Participant): unknown {
  if (participant.kind === "human") return participant;
  const agent = without(participant, usualAgent());
  return participant.turn ? { ...agent, turn: without(participant.turn, usualTurn()) } : agent;
}

function whole(stored: unknown): Participant {
  const participant = stored as Participant;
  if (participant.kind === "human") return participant;
  const agent = { ...usualAgent(), ...participant };
  return agent.turn ? { ...agent, turn: { ...usualTurn(), ...agent.turn } } : agent;
}

function without<T extends object>(value: T, usual: Partial<T>): Partial<T> {
  const kept: Partial<T> = { ...value };
  for (const key of Object.keys(usual) as (keyof T)[]) if (isSame(value[key], usual[key])) delete kept[key];
  return kept;
}

function isSame(value: unknown, usual: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0 && Array.isArray(usual);
  return value === usual || (typeof usual === "object" && JSON.stringify(value) === JSON.stringify(usual));
}
