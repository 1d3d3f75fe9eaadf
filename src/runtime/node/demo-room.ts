import { presentParticipant } from "../../core/room/room.js";
import type { OneTimeCodes } from "../access/one-time-codes.js";
import type { MakeRoom } from "../rooms/create.js";
import type { RoomService } from "../rooms/service.js";

/** Owner of the demo room. The link signs its visitor in as this person. */
const owner = "host";

/** A fixed request id, so that every start of the server finds the same room. */
const idempotencyKey = "parley/demo-room";

/**
 * Three scripted agents: a planner, a coder and a reviewer. The coder's first message is held and it asks one question, so that the visitor
 * has something to decide within a minute.
 */
const request = {
  name: "demo",
  owner,
  agents: [
    { name: "planner", role: "planner", runtime: "scripted" },
    { name: "coder", role: "coder", runtime: "scripted", gate: "first" as const },
    { name: "reviewer", role: "reviewer", runtime: "scripted" },
  ],
};

/** Creates the demo room or finds the existing one. Undefined if its roles are missing. */
export async function openDemoRoom({ makeRoom }: { makeRoom: MakeRoom }): Promise<string | undefined> {
  const made = await makeRoom(request, { by: { kind: "admin" }, idempotencyKey });
  return made.kind === "created" ? made.roomId : undefined;
}

/** One-time code that signs in as the room's owner; undefined if the room is closed. */
export async function ownerCode(
  roomId: string,
  { rooms, oneTimeCodes }: { rooms: RoomService; oneTimeCodes: OneTimeCodes },
): Promise<string | undefined> {
  const joinedVersion = await rooms.read(roomId, (room) =>
    room.status === "closed" ? undefined : presentParticipant(room, owner)?.joinedVersion,
  );
  return joinedVersion === undefined ? undefined : oneTimeCodes.issue({ roomId, name: owner, joinedVersion });
}
