import { isGated } from "../../core/room/gate.js";
import { presentAgent } from "../../core/room/room.js";
import { type EgressTarget, egressEntryOf } from "../../core/values/egress.js";
import type { Egress, EgressDoor } from "../../ports/egress.js";
import type { Logger } from "../../ports/logger.js";
import type { RoomService } from "../rooms/service.js";

/** Access of every agent to the hosts on its room's current egress list. */
export interface EgressAccess {
  doorOf(agent: { roomId: string; name: string }): EgressDoor;
}

/** Maximum number of hosts reported to the room per agent between two starts. */
const maxSeen = 20;

const unlisted = "which is not on the room's egress list.";
const howToAdd = (roomId: string, entry: string) =>
  `An owner can add it under Manage, or with parley room set ${roomId} --egress ${entry}.`;
const heldText = (name: string) =>
  `${name} wanted to reach a host that is not on the room's egress list. Its messages are held, so the name is not said here: ask ${name} which.`;

/** Applies a room’s egress list to its agents and tells the room what they lacked. */
export function createEgressAccess(options: { egress: Egress; rooms: RoomService; logger: Logger }): EgressAccess {
  const { egress, rooms, logger } = options;

  /** Host names are chosen by the agent, so people who may not see its work do not see them either. */
  function isHeld(roomId: string, agent: string): Promise<boolean> {
    return rooms.peek(roomId, (room) => {
      const member = presentAgent(room, agent);
      return member !== undefined && isGated(member, room.policy);
    });
  }

  return {
    doorOf({ roomId, name }) {
      const seen = new Set<string>();
      let wasToldOfHeld = false;

      /** Tells people why an installation fails. */
      async function notifyRoom(entry: string): Promise<void> {
        const held = await isHeld(roomId, name);
        if (held && wasToldOfHeld) return;
        wasToldOfHeld ||= held;
        const text = held ? heldText(name) : `${name} wanted to reach ${entry}, ${unlisted} ${howToAdd(roomId, entry)}`;
        await rooms.execute(roomId, { type: "notice.post", text, about: name, severity: "info" });
      }

      function onUnlisted(target: EgressTarget): void {
        const entry = egressEntryOf(target);
        if (seen.has(entry) || seen.size >= maxSeen) return;
        seen.add(entry);
        const fields = { roomId, agent: name, ...target };
        logger.info(fields, "an agent wanted to reach a host that is not on its room's list");
        notifyRoom(entry).catch((error: unknown) =>
          logger.warn({ ...fields, error }, "a room could not be told of it"),
        );
      }

      return egress.open({
        roomId,
        agent: name,
        list: () =>
          rooms.peek(
            roomId,
            (room) => {
              const isHere = room.status !== "closed" && presentAgent(room, name) !== undefined;
              return isHere ? [...(room.policy.egress ?? [])] : undefined;
            },
            { fresh: true },
          ),
        onUnlisted,
      });
    },
  };
}
