import type { OneTimeCodes } from "../access/one-time-codes.js";
import type { MakeRoom } from "../rooms/create.js";
import type { RoomService } from "../rooms/service.js";

/** Owner of the demo room; who follows the link becomes this person. */
const owner = "host";

/** The same request finds the same room, however often the server starts. */
const idempotencyKey = "parley/demo-room";

/**
 * Three scripted agents at work: one plans, one codes, one reviews. The coder's first message is held and it asks one question, so that
 * there is something to decide within a minute.
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

/** Makes the demo room, or finds the one made earlier. Undefined when its roles are not there. */
export async function openDemoRoom({ makeRoom }: { makeRoom: MakeRoom }): Promise<string | undefined> {
  const made = await makeRoom(request, { by: { kind: "admin" }, idempotencyKey });
  return made.kind === "created" ? made.roomId : undefined;
}

/** A code that lets one person in as the room's owner, once; undefined when the room is closed. */
export async function ownerCode(
  roomId: string,
  { rooms, oneTimeCodes }: { rooms: RoomService; oneTimeCodes: OneTimeCodes },
): Promise<string | undefined> {
  const isOpen = await rooms.read(roomId, ({ status }) => status !== "closed");
  return isOpen ? oneTimeCodes.issue({ roomId, name: owner }) : undefined;
}
