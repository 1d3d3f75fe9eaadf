import { personFromChat } from "../../../core/room/room.js";
import type { RoomStateKind } from "../../../core/room/room-state.js";
import type { Inbound } from "../../../ports/chat-inbound.js";
import { summaryOf } from "../../rooms/picture.js";
import type { RoomService } from "../../rooms/service.js";
import type { OutboundRegistry } from "../outbound/registry.js";

/** A room that can be chosen from a chat. */
export interface RoomHere {
  roomId: string;
  name: string;
  state: RoomStateKind;
  agents: number;
  gates: number;
  /** True if the room has a thread in this channel. */
  isHere: boolean;
  /** True if the person is in the room. */
  isMine: boolean;
}

export type FoundRoom = { kind: "found"; roomId: string } | { kind: "problem"; detail: string };

/** The person asking, and the channel and thread. */
export type Asker = Pick<Inbound, "platform" | "channel" | "thread" | "user">;

export interface FindRoom {
  /** Rooms of this channel, and the person's own on this platform. */
  visible(from: Asker): Promise<RoomHere[]>;
  /** The room of a command: the named one, the thread's, or the only one in the channel. */
  meant(from: Asker, name: string | undefined): Promise<FoundRoom>;
}

const maxNamed = 10;

export function createFindRoom({ rooms, registry }: { rooms: RoomService; registry: OutboundRegistry }): FindRoom {
  async function visible(from: Asker): Promise<RoomHere[]> {
    const { platform, channel, user } = from;
    const roomIds = new Set(registry.onPlatform(platform).map(({ roomId }) => roomId));
    const found: RoomHere[] = [];
    for (const roomId of roomIds) {
      const seen = await rooms.read(roomId, (room): RoomHere => {
        const person = personFromChat(room, { name: platform, userId: user.id });
        const { name, state, openGates } = summaryOf(room);
        return {
          roomId,
          name,
          state,
          agents: room.agents.length,
          gates: openGates,
          isHere: [...room.mirrors.values()].some((one) => one.platform === platform && one.channel === channel),
          isMine: person !== undefined && person.leftVersion === undefined,
        };
      });
      if (seen && (seen.isHere || seen.isMine)) found.push(seen);
    }
    return found;
  }

  async function meant(from: Asker, name: string | undefined): Promise<FoundRoom> {
    const { platform, channel, thread } = from;
    if (name === undefined && thread !== undefined) {
      const outbound = await registry.inThread(platform, channel, thread);
      if (outbound) return { kind: "found", roomId: outbound.roomId };
    }
    const all = await visible(from);
    const wanted = name?.toLowerCase();
    const named = all.filter((room) => wanted === room.name.toLowerCase() || wanted === room.roomId);
    const fitting = wanted === undefined ? all.filter(({ isHere, state }) => isHere && state !== "closed") : named;
    const open = fitting.filter(({ state }) => state !== "closed");
    const [only, second] = open.length > 0 ? open : fitting;
    if (only && !second) return { kind: "found", roomId: only.roomId };
    return { kind: "problem", detail: whichRoom(all, { name, isAmbiguous: second !== undefined }) };
  }

  return { visible, meant };
}

function whichRoom(
  all: readonly RoomHere[],
  { name, isAmbiguous }: { name: string | undefined; isAmbiguous: boolean },
): string {
  const open = all.filter(({ state }) => state !== "closed");
  const names = open
    .slice(0, maxNamed)
    .map(({ name: shown, roomId }) => (isAmbiguous ? `${shown} (${roomId})` : shown));
  if (names.length === 0) return "There is no room here yet. `new <name>` makes one.";
  const asked =
    name === undefined
      ? "Which room?"
      : isAmbiguous
        ? `Several rooms are called “${name}”.`
        : `There is no room “${name.slice(0, 80)}” here.`;
  return `${asked} Put its name${isAmbiguous ? " or id" : ""} behind the command: ${names.join(", ")}.`;
}
