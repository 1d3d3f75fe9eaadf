import type { Hono } from "hono";
import { setCookie } from "hono/cookie";
import type { Command } from "../../core/room/command.js";
import { openInvites } from "../../core/room/open-invites.js";
import { actorName, roleMay } from "../../core/room/rights.js";
import type { Participant, Room } from "../../core/room/room.js";
import { noBody, versionAnswer } from "../../protocol/fields.js";
import {
  changedPerson,
  createdInvite,
  inviteBody,
  inviteList,
  personalLink,
  personRoleBody,
  removedPerson,
} from "../../protocol/people.js";
import { answer } from "../answer.js";
import type { AppContext, AppDeps, AppEnv } from "../deps.js";
import { cookieName, enter } from "../entrance.js";
import { readBody } from "../input.js";
import { carryOut } from "../outcome.js";
import { HttpProblemError, roomNotFound } from "../problem.js";

/** Invites, and people who leave. */
export function peopleRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.get("/api/rooms/:id/invites", async (c) => {
    const { roomId } = await enter(c, deps, { right: "invite" });
    const invites = await deps.rooms.read(roomId, (room) => openInvites(room, deps.clock.nowMs()));
    if (!invites) throw new HttpProblemError(roomNotFound);
    return answer(c, inviteList, { invites });
  });

  app.post("/api/rooms/:id/invites", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    const request = await readBody(c, inviteBody);
    const { code, invite } = deps.invites.mint(roomId, { ...request, forName: request.forName?.toLowerCase() });
    await carryOut(c, deps, { roomId, command: { type: "invite.create", by: actor, invite } });
    return answer(c, createdInvite, { inviteId: invite.inviteId, code }, 201);
  });

  app.delete("/api/rooms/:id/invites/:inviteId", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    await readBody(c, noBody);
    const command: Command = { type: "invite.revoke", by: actor, inviteId: c.req.param("inviteId") };
    const { version } = await carryOut(c, deps, { roomId, command });
    return answer(c, versionAnswer, { version });
  });

  app.post("/api/rooms/:id/link", async (c) => {
    const { roomId, token } = await enter(c, deps);
    await readBody(c, noBody);
    const stay = token ?? (await deps.rooms.read(roomId, ownerStay));
    if (stay === undefined)
      throw new HttpProblemError({ code: "participant_not_found", detail: "this room has no owner" });
    const { name, joinedVersion } = stay;
    const code = await deps.oneTimeCodes.issue({ roomId, name, joinedVersion });
    return answer(c, personalLink, { name, url: `${deps.publicOrigin()}/#${code}` }, 201);
  });

  app.patch("/api/rooms/:id/participants/:name", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    const { role } = await readBody(c, personRoleBody);
    const command: Command = { type: "person.role", by: actor, name: c.req.param("name"), role };
    const { version, events } = await carryOut(c, deps, { roomId, command });
    const endedInvites = events.filter(({ type }) => type === "invite.revoked").length;
    return answer(c, changedPerson, { version, endedInvites });
  });

  app.delete("/api/rooms/:id/participants/:name", async (c) => {
    const { roomId, actor, role, token } = await enter(c, deps);
    await readBody(c, noBody);
    const name = c.req.param("name");
    const { version, events } = await carryOut(c, deps, {
      roomId,
      command: { type: "person.remove", by: actor, name },
    });
    const by = { name: actorName(actor), ...(actor.kind === "person" && { roomId }) };
    const tokens = await deps.credentials.revokeAllMadeBy({ roomId, name }, { by, reason: "left the room" });
    if (token?.name === name) giveCookie(c, deps, { roomId, token: "", seconds: 0 });
    const ended = { invites: events.filter(({ type }) => type === "invite.revoked").length, tokens };
    // The answer names the codes that the removed person may still know.
    const isShown = token?.name !== name && roleMay(role, "invite");
    const open = isShown ? await deps.rooms.read(roomId, (room) => openInvites(room, deps.clock.nowMs())) : undefined;
    return answer(c, removedPerson, { version, ended, ...(open && { openInvites: open }) });
  });
}

/** The participant in whose place the admin acts, because the admin is not in the room. */
export function ownerOf(room: Room): string | undefined {
  return ownerStay(room)?.name;
}

function ownerStay({ participants }: Room): { name: string; joinedVersion: number } | undefined {
  const isOwner = (one: Participant) => one.kind === "human" && one.role === "owner" && one.leftVersion === undefined;
  const owner = [...participants.values()].find(isOwner);
  return owner && { name: owner.name, joinedVersion: owner.joinedVersion };
}

/** The page's own credential for one room: no script can read it, no other site's request carries it. */
export function giveCookie(
  c: AppContext,
  deps: AppDeps,
  { roomId, token, seconds }: { roomId: string; token: string; seconds: number },
): void {
  setCookie(c, cookieName(roomId), token, {
    path: `/api/rooms/${roomId}`,
    httpOnly: true,
    sameSite: "Strict",
    secure: deps.publicOrigin().startsWith("https:"),
    maxAge: seconds,
  });
}
