import { emptyRoom, isOpen, nextDueAtMs, type Room } from "./room.js";

/** Changes whenever the shape of `Room` or the meaning of the fold does; snapshots of another schema are folded again. */
export const snapshotSchema = "room-1";

const mapFields = [
  "participants",
  "gates",
  "resolvedGates",
  "waiting",
  "invites",
  "mirrors",
  "idempotencyKeys",
] as const;

/** Plain JSON of a room, and its header. */
export function toSnapshot(room: Room): {
  schema: string;
  version: number;
  commitId: string;
  open: boolean;
  dueAtMs?: number;
  state: unknown;
} {
  const state: Record<string, unknown> = { ...room };
  for (const field of mapFields) state[field] = [...room[field]];
  const dueAtMs = nextDueAtMs(room);
  return {
    schema: snapshotSchema,
    version: room.version,
    commitId: room.commitId,
    open: isOpen(room),
    ...(dueAtMs !== undefined && { dueAtMs }),
    state,
  };
}

/** The room of a snapshot this version wrote; the caller has compared the schema. The result owns `state`. */
export function fromSnapshot(roomId: string, state: unknown): Room {
  const room = { ...emptyRoom(roomId), ...(state as object) } as Room & Record<string, unknown>;
  for (const field of mapFields) room[field] = new Map(room[field] as unknown as [never, never][]) as never;
  return room;
}
