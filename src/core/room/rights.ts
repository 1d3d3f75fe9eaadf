import type { DeliveryClass, PersonRole } from "./event.js";
import type { Rejection } from "./rejection.js";
import { presentParticipant, type Room } from "./room.js";

/** The author of a command. `admin` runs this installation; `system` is Parley itself. */
export type Actor =
  | { kind: "person"; name: string }
  | { kind: "agent"; name: string }
  | { kind: "admin" }
  | { kind: "system" };

/** Actions in a room; the same list for every entrance. */
export type Right =
  | "read"
  | "speak"
  | "readHeld"
  | "decide"
  | "steer"
  | "invite"
  | "manageAgents"
  | "configure"
  | "close";

const rightsOf: Record<PersonRole, readonly Right[]> = {
  viewer: ["read"],
  member: ["read", "speak", "readHeld"],
  approver: ["read", "speak", "readHeld", "decide", "steer", "invite", "manageAgents"],
  owner: ["read", "speak", "readHeld", "decide", "steer", "invite", "manageAgents", "configure", "close"],
};

/** Roles from least to most. */
const rank: Record<PersonRole, number> = { viewer: 0, member: 1, approver: 2, owner: 3 };

/** Classes that stop or end an agent's work need the right to steer. */
const steering: readonly DeliveryClass[] = ["preempt", "shutdown"];

/** The name an actor speaks under. */
export function actorName(actor: Actor): string {
  if (actor.kind === "admin") return "admin";
  return actor.kind === "system" ? "parley" : actor.name;
}

/** A person's role as far as rights go; the admin may do what an owner may. Undefined: not in this room. */
export function roleOf(room: Room, actor: Actor): PersonRole | undefined {
  if (actor.kind === "admin" || actor.kind === "system") return "owner";
  const participant = presentParticipant(room, actor.name);
  return actor.kind === "person" && participant?.kind === "human" ? participant.role : undefined;
}

/** Whether the role has the right. A role of a later version has none here. */
export function roleMay(role: PersonRole, right: Right): boolean {
  return Object.hasOwn(rightsOf, role) && rightsOf[role].includes(right);
}

/** Held text is for those who decide, and for members where the room asks in the thread. */
export function maySeeHeld(room: Room, role: PersonRole): boolean {
  if (roleMay(role, "decide")) return true;
  return room.policy.askIn !== "approvers" && roleMay(role, "readHeld");
}

/** Whether `role` may do more than `than`. */
export function outranks(role: PersonRole, than: PersonRole): boolean {
  return rank[role] > rank[than];
}

/** A rejection when the actor lacks the right, undefined when it has it. */
export function rejectionIfForbidden(room: Room, actor: Actor, right: Right): Rejection | undefined {
  const role = roleOf(room, actor);
  if (role && roleMay(role, right)) return undefined;
  const who = role ? `the role ${role}` : `${actorName(actor)}, who is not in this room,`;
  return { code: "forbidden", detail: `${who} may not ${rightInWords[right]}; ask the room's owner` };
}

/** Rejects a delivery class that needs the right `steer` of one who lacks it. */
export function rejectionIfClassForbidden(
  room: Room,
  actor: Actor,
  deliveryClass: DeliveryClass,
): Rejection | undefined {
  return steering.includes(deliveryClass) ? rejectionIfForbidden(room, actor, "steer") : undefined;
}

/** An inviter cannot grant more rights than their own. */
export function rejectionIfInvitingForbidden(room: Room, actor: Actor, role: PersonRole): Rejection | undefined {
  const own = roleOf(room, actor);
  const refused = rejectionIfForbidden(room, actor, "invite");
  if (refused || own === undefined) return refused;
  if (rank[role] <= rank[own]) return undefined;
  return { code: "forbidden", detail: `the role ${own} may not invite somebody as ${role}` };
}

const rightInWords: Record<Right, string> = {
  read: "read it",
  speak: "write messages",
  readHeld: "see held text",
  decide: "decide gates",
  steer: "pause, stop or interrupt agents",
  invite: "invite people",
  manageAgents: "add, change or remove agents",
  configure: "change the room's settings",
  close: "close the room",
};
