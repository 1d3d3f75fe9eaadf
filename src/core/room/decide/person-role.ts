import type { CommandOf } from "../command.js";
import type { PersonRole } from "../event.js";
import { rejectionIfForbidden } from "../rights.js";
import { presentParticipant, type Room } from "../room.js";
import { accept, type Decision, reject } from "./decision.js";
import { isBacked } from "./invites.js";

/**
 * Gives a person more or fewer rights. Needs `configure`. The only owner stays an owner. Invites of the person's that they could not make
 * any more are revoked with it, so that a later promotion does not bring them back.
 */
export function decidePersonRole(room: Room, command: CommandOf<"person.role">): Decision {
  const { by, name, role } = command;
  const refused = rejectionIfForbidden(room, by, "configure");
  if (refused) return reject(refused);
  const person = presentParticipant(room, name);
  if (person?.kind !== "human")
    return reject({ code: "participant_not_found", detail: `there is no person “${name}” in this room` });
  if (person.role === role) return accept();
  if (isOnlyOwner(room, name))
    return reject({
      code: "limit_reached",
      detail: `${name} is the room's only owner; make somebody else an owner first`,
    });
  return accept(...unbackedBy(room, { name, role }), {
    type: "participant.configured",
    name,
    role,
  });
}

/** Whether nobody but this person owns the room. */
export function isOnlyOwner(room: Room, name: string): boolean {
  const owners = [...room.participants.values()].filter(
    (one) => one.leftVersion === undefined && one.kind === "human" && one.role === "owner",
  );
  return owners.length === 1 && owners[0]?.name === name;
}

function unbackedBy(room: Room, { name, role }: { name: string; role: PersonRole }) {
  const person = presentParticipant(room, name);
  if (person?.kind !== "human") return [];
  const after: Room = { ...room, participants: new Map(room.participants).set(name, { ...person, role }) };
  const made = [...room.invites.values()].filter((invite) => invite.by === name);
  return made
    .filter((invite) => !isBacked(after, invite))
    .map(({ inviteId }) => ({ type: "invite.revoked" as const, inviteId }));
}
