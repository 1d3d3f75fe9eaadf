import { suggestName } from "../../grammar/name.js";
import type { EnterFromChat } from "../command.js";
import type { RoomEvent } from "../event.js";
import { LIMITS } from "../limits.js";
import type { OpenInvite } from "../open-invite.js";
import type { Rejection } from "../rejection.js";
import { outranks } from "../rights.js";
import { type Person, personFromChat, type Room } from "../room.js";
import { accept, type DecideContext, type Decision, reject } from "./decision.js";
import { findUsableInvite, inviteInvalid } from "./invites.js";
import { tooManyParticipants } from "./participants.js";

/** Adds a chat user, once. The same user again keeps its name; only more rights or a new display name on the platform are applied. */
export function decideEnter(room: Room, command: EnterFromChat, context: DecideContext): Decision {
  const { person, admitted } = command;
  const found = "inviteHash" in admitted ? findUsableInvite(room, admitted.inviteHash, context.nowMs) : undefined;
  // A code for one person's return is for that person's own way back in.
  const invite = found?.forName === undefined ? found : undefined;
  if ("inviteHash" in admitted && !invite) return reject(inviteInvalid);
  const role = "role" in admitted ? admitted.role : (invite?.role ?? "viewer");
  const known = personFromChat(room, person.platform);
  if (known) {
    const refused = rejectionIfMayNotReturn(known);
    if (refused) return reject(refused);
    const displayName = shownName(person.displayName) || known.displayName;
    const isRenamed = person.isUncertain !== true && displayName !== known.displayName;
    if (!outranks(role, known.role)) {
      return isRenamed ? accept({ type: "participant.configured", name: known.name, displayName }) : accept();
    }
    return accept(...used(invite, known.name), {
      type: "participant.configured",
      name: known.name,
      role,
      ...(isRenamed && { displayName }),
    });
  }
  if (room.participants.size >= LIMITS.maxParticipants) return reject(tooManyParticipants);
  const name = suggestName(command.wantedName, (candidate) => room.participants.has(candidate));
  return accept(...used(invite, name), {
    type: "participant.joined",
    name,
    displayName: shownName(person.displayName) || name,
    kind: "human",
    role,
    platform: person.platform,
    ...(invite && { inviteId: invite.inviteId }),
  });
}

/** A removed person does not rejoin by writing in the thread. */
function rejectionIfMayNotReturn(person: Person): Rejection | undefined {
  if (person.leftVersion === undefined) return undefined;
  return {
    code: "forbidden",
    detail: `${person.name} is not in this room any more, and nothing was sent; the room's owner can let you in again`,
  };
}

function used(invite: OpenInvite | undefined, name: string): RoomEvent[] {
  return invite ? [{ type: "invite.used", inviteId: invite.inviteId, name }] : [];
}

/** A platform's display name, as long as a display name may be here. */
export function shownName(displayName: string): string {
  return Array.from(displayName.trim())
    .slice(0, LIMITS.maxDisplayNameChars / 2)
    .join("");
}
