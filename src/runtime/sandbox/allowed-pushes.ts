import type { RoomService } from "../rooms/service.js";

/** A commit that a person let through, and who. */
export interface AllowedCommit {
  commit: string;
  by: string;
}

/** What people allowed agents to push, as the room's log has it. */
export interface AllowedPushes {
  /** The newest allowed commit of each of these refs (`refs/heads/…`) that has one. */
  in(roomId: string, refs: readonly string[]): Promise<ReadonlyMap<string, AllowedCommit>>;
}

/** Commits looked at in one go. */
const pageSize = 256;
/** Rooms whose reading is remembered; one that comes again is read from its start. */
const maxRooms = 200;

interface AskedUpdate {
  branch: string;
  /** Absent: the branch is deleted. */
  after?: string;
}

interface Known {
  /** Everything up to here was read. */
  version: number;
  /** Bodies of gates for pushes that are not decided yet, by gate. */
  asked: Map<string, string>;
  byRef: Map<string, AllowedCommit>;
}

/** Reads a room's log once, and then what came since. Gates that asked for a push and were allowed name the commits; whether the server then took them does not matter. */
export function createAllowedPushes({ rooms, tool }: { rooms: RoomService; tool: string }): AllowedPushes {
  const known = new Map<string, Known>();
  /** One reading of a room at a time. */
  const reading = new Map<string, Promise<unknown>>();

  async function readOn(roomId: string): Promise<Known> {
    const state = known.get(roomId) ?? { version: 0, asked: new Map(), byRef: new Map() };
    known.delete(roomId);
    known.set(roomId, state);
    for (const oldest of known.keys()) if (known.size > maxRooms) known.delete(oldest);
    const last = (await rooms.peek(roomId, ({ version }) => version, { fresh: true })) ?? 0;
    while (state.version < last) {
      const upTo = Math.min(last, state.version + pageSize);
      const versions = Array.from({ length: upTo - state.version }, (_, n) => state.version + 1 + n);
      const commits = await rooms.commitsAt(roomId, versions);
      for (const version of versions) for (const event of commits.get(version) ?? []) take(state, event);
      state.version = upTo;
    }
    return state;
  }

  function take(state: Known, event: Parameters<typeof isPushGate>[0]): void {
    if (event?.type === "gate.opened" && isPushGate(event, tool)) state.asked.set(event.gateId, event.body);
    if (event?.type !== "gate.resolved") return;
    const body = state.asked.get(event.gateId);
    state.asked.delete(event.gateId);
    if (body === undefined || event.outcome !== "allowed") return;
    // A push that a person changed is not passed on.
    for (const { branch, after } of updatesIn(event.body ?? body)) {
      if (after !== undefined) state.byRef.set(`refs/heads/${branch}`, { commit: after, by: event.by });
    }
  }

  return {
    async in(roomId, refs) {
      const before = reading.get(roomId) ?? Promise.resolve();
      const read = before.catch(() => {}).then(() => readOn(roomId));
      reading.set(roomId, read);
      const { byRef } = await read.finally(() => reading.get(roomId) === read && reading.delete(roomId));
      return new Map(
        refs.flatMap((ref) => {
          const found = byRef.get(ref);
          return found ? [[ref, found] as const] : [];
        }),
      );
    },
  };
}

type ReadEvent = NonNullable<Awaited<ReturnType<RoomService["eventsAt"]>>[number]>;

function isPushGate(event: ReadEvent | undefined, tool: string): boolean {
  return event?.type === "gate.opened" && event.kind === "tool" && event.tool === tool;
}

/** The updates in the body of a gate that asks for a push; none in any other text. */
function updatesIn(body: string): AskedUpdate[] {
  const { updates } = (parsed(body) ?? {}) as { updates?: unknown };
  return Array.isArray(updates) ? updates.filter(isAskedUpdate) : [];
}

function isAskedUpdate(update: unknown): update is AskedUpdate {
  const { branch, after } = (update ?? {}) as Record<string, unknown>;
  return typeof branch === "string" && (after === undefined || typeof after === "string");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
