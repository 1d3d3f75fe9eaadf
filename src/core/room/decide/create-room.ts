import { parseName } from "../../grammar/name.js";
import { isBranchName, parseRepository } from "../../values/repository.js";
import type { CreateRoom, NewAgent } from "../command.js";
import type { RoomEvent } from "../event.js";
import { LIMITS } from "../limits.js";
import { invalid, type Rejection } from "../rejection.js";
import { emptyRoom, type Room } from "../room.js";
import { accept, type Decision, reject } from "./decision.js";
import { shownName } from "./enter.js";
import { agentsJoined, rejectionIfInvalidAgent } from "./participants.js";

/** Makes the room. Rejects a name in use, an invalid agent or a room that exists. */
export function decideCreateRoom(room: Room, command: CreateRoom): Decision {
  if (room.status !== "none") return again(room, command);
  const refused = rejectionIfInvalid(command);
  if (refused) return reject(refused);
  return accept(
    created(command),
    ownerJoined(command),
    ...command.invites.map((invite) => inviteCreated(invite, command.owner)),
    ...agentsJoined(command.agents, command.owner),
  );
}

/** The same request made again finds the room it made. */
function again(room: Room, command: CreateRoom): Decision {
  if (room.fingerprint === undefined || command.fingerprint === undefined) {
    return reject({ code: "room_exists", detail: "this room exists already" });
  }
  if (room.fingerprint === command.fingerprint) return { kind: "duplicate", version: 1 };
  return reject({
    code: "idempotency_key_reused",
    detail: "this Idempotency-Key made a room from another request; use a new key",
  });
}

function rejectionIfInvalid(command: CreateRoom): Rejection | undefined {
  if (parseName(command.owner) !== command.owner)
    return invalid(
      ["owner"],
      "not a usable name: a lower-case letter, then letters, digits or “-”, not a reserved word",
    );
  const noPlace = rejectionIfInvalidPlace(command);
  if (noPlace) return noPlace;
  const room = emptyRoom("");
  const taken = new Set([command.owner]);
  for (const [index, agent] of command.agents.entries()) {
    const refused = taken.has(agent.name)
      ? duplicateName(index, agent)
      : rejectionIfInvalidAgent(room, agent, ["agents", index]);
    if (refused) return refused;
    taken.add(agent.name);
  }
  return taken.size > LIMITS.maxParticipants
    ? { code: "limit_reached", detail: `a room takes at most ${LIMITS.maxParticipants} participants` }
    : undefined;
}

/** A password in an address would be kept for ever. */
function rejectionIfInvalidPlace({ repo, branch }: CreateRoom): Rejection | undefined {
  const parsed = repo === undefined ? undefined : parseRepository(repo);
  if (parsed?.kind === "problem") return invalid(["repo"], parsed.detail);
  return branch === undefined || isBranchName(branch)
    ? undefined
    : invalid(["branch"], "must be the name of a branch, as Git takes it");
}

function duplicateName(index: number, agent: NewAgent): Rejection {
  return invalid(["agents", index, "name"], `the name ${agent.name} is used twice`);
}

function created(command: CreateRoom): RoomEvent {
  const { name, policy, repo, branch, fingerprint } = command;
  return {
    type: "room.created",
    name,
    policy,
    ...(repo !== undefined && { repo }),
    ...(branch !== undefined && { branch }),
    ...(repo !== undefined && { branchesByRoom: true as const }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
}

function ownerJoined(command: CreateRoom): RoomEvent {
  const { owner, ownerFromChat } = command;
  return {
    type: "participant.joined",
    name: owner,
    displayName: (ownerFromChat && shownName(ownerFromChat.displayName)) || owner,
    kind: "human",
    role: "owner",
    ...(ownerFromChat && { platform: ownerFromChat.platform }),
  };
}

/** The event of a new invite. `by` is the creator's name. The first codes of a room count as its owner's, who was shown them. */
export function inviteCreated(invite: CreateRoom["invites"][number], by: string): RoomEvent {
  return { type: "invite.created", ...invite, by };
}
