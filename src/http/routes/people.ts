import type { Hono } from "hono";
import { setCookie } from "hono/cookie";
import type { Command } from "../../core/room/command.js";
import { actorName } from "../../core/room/rights.js";
import type { Participant, Room } from "../../core/room/room.js";
import { noBody, versionAnswer } from "../../protocol/fields.js";
import { createdInvite, inviteBody, inviteList, personalLink } from "../../protocol/people.js";
import { answer } from "../answer.js";
import type { AppContext, AppDeps, AppEnv } from "../deps.js";
import { cookieName, enter } from "../entrance.js";
import { readBody } from "../input.js";
import { carryOut } from "../outcome.js";
import { ProblemError, roomNotFound } from "../problem.js";

/** Invites, and people who leave. */
export function peopleRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.get("/api/rooms/:id/invites", async (c) => {
    const { roomId } = await enter(c, deps, { right: "invite" });
    const invites = await deps.rooms.read(roomId, (room) =>
      [...room.invites.values()].map(({ inviteId, role, expiresAtMs, usesLeft, forName }) => ({
        inviteId,
        role,
        expiresAt: expiresAtMs,
        usesLeft,
        ...(forName !== undefined && { forName }),
      })),
    );
    if (!invites) throw new ProblemError(roomNotFound);
    return answer(c, inviteList, { invites: invites.filter(({ expiresAt }) => expiresAt > deps.clock.nowMs()) });
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
    const name = token?.name ?? (await deps.rooms.read(roomId, ownerOf));
    if (name === undefined) throw new ProblemError({ code: "participant_not_found", detail: "this room has no owner" });
    const code = await deps.oneTimeCodes.issue({ roomId, name });
    return answer(c, personalLink, { name, url: `${deps.publicOrigin()}/#${code}` }, 201);
  });

  app.delete("/api/rooms/:id/participants/:name", async (c) => {
    const { roomId, actor, token } = await enter(c, deps);
    await readBody(c, noBody);
    const name = c.req.param("name");
    const { version } = await carryOut(c, deps, { roomId, command: { type: "person.remove", by: actor, name } });
    const by = { name: actorName(actor), ...(actor.kind === "person" && { roomId }) };
    await deps.credentials.revokeAllMadeBy({ roomId, name }, { by, reason: "left the room" });
    if (token?.name === name) giveCookie(c, deps, { roomId, token: "", seconds: 0 });
    return answer(c, versionAnswer, { version });
  });
}

/** The participant in whose place the admin acts, because the admin is not in the room. */
export function ownerOf({ participants }: Room): string | undefined {
  const isOwner = (one: Participant) => one.kind === "human" && one.role === "owner" && one.leftVersion === undefined;
  return [...participants.values()].find(isOwner)?.name;
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
