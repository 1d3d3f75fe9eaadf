import { shownName } from "../../../core/room/decide/enter.js";
import type { PersonRole } from "../../../core/room/event.js";
import type { Rejection } from "../../../core/room/rejection.js";
import { outranks } from "../../../core/room/rights.js";
import { personFromChat, type Room } from "../../../core/room/room.js";
import type { Inbound } from "../../../ports/chat-inbound.js";
import { wantedName } from "../../access/transliterate.js";
import type { RoomService } from "../../rooms/service.js";

export type Entered = { kind: "in"; name: string } | { kind: "out"; rejection: Rejection };

/** Maps chat users to participants of rooms. */
export interface People {
  /** The user's participant name; joins the room if needed. */
  enter(roomId: string, from: Inbound): Promise<Entered>;
  /** The user's participant name. Approvers join if needed; undefined for everyone else outside the room. */
  known(roomId: string, from: Inbound): Promise<string | undefined>;
  /** Joins with the role of this invite. */
  enterWith(roomId: string, from: Inbound, inviteHash: string): Promise<Entered>;
}

export function createPeople({
  rooms,
  approversOf,
}: {
  rooms: RoomService;
  /** Ids of users, roles or groups that may decide in every room. */
  approversOf: (platform: string) => readonly string[];
}): People {
  function roleOf({ platform, user }: Inbound): PersonRole {
    const approvers = approversOf(platform);
    return [user.id, ...(user.groups ?? [])].some((id) => approvers.includes(id)) ? "approver" : "member";
  }

  async function found(roomId: string, { platform, user }: Inbound) {
    const look = (room: Room) => {
      const person = personFromChat(room, { name: platform, userId: user.id });
      return person?.leftVersion === undefined && person
        ? { name: person.name, role: person.role, displayName: person.displayName }
        : undefined;
    };
    // Read the log only for unknown users: the append refuses participants who have left since.
    return (await rooms.peek(roomId, look)) ?? rooms.peek(roomId, look, { fresh: true });
  }

  async function enterAs(
    roomId: string,
    from: Inbound,
    admitted: { role: PersonRole } | { inviteHash: string },
  ): Promise<Entered> {
    const { platform, user } = from;
    const executed = await rooms.execute(roomId, {
      type: "person.enter",
      person: {
        displayName: user.displayName,
        platform: { name: platform, userId: user.id },
        ...(user.isUncertain && { isUncertain: true }),
      },
      wantedName: wantedName(user.displayName),
      admitted,
    });
    if (executed.kind === "rejected") return { kind: "out", rejection: executed.rejection };
    const person = await found(roomId, from);
    if (person) return { kind: "in", name: person.name };
    return { kind: "out", rejection: { code: "forbidden", detail: "you are not in this room any more" } };
  }

  async function enter(roomId: string, from: Inbound): Promise<Entered> {
    const role = roleOf(from);
    const person = await found(roomId, from);
    const isSame = person && (from.user.isUncertain || shownName(from.user.displayName) === person.displayName);
    if (person && isSame && !outranks(role, person.role)) return { kind: "in", name: person.name };
    return enterAs(roomId, from, { role });
  }

  return {
    enter,
    async known(roomId, from) {
      if (roleOf(from) !== "approver") return (await found(roomId, from))?.name;
      const entered = await enter(roomId, from);
      return entered.kind === "in" ? entered.name : undefined;
    },
    enterWith: (roomId, from, inviteHash) => enterAs(roomId, from, { inviteHash }),
  };
}
