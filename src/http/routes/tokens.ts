import type { Hono } from "hono";
import type { PersonRole } from "../../core/room/event.js";
import { roleMay } from "../../core/room/rights.js";
import { presentParticipant, type Room } from "../../core/room/room.js";
import type { CredentialScope } from "../../core/values/credential-scope.js";
import { noBody, plainQuery, secondsPerDay } from "../../protocol/fields.js";
import {
  createdToken,
  revokedToken,
  type TokenView,
  tokenBody,
  tokenList,
  tokensQuery,
} from "../../protocol/tokens.js";
import type { AccessActor, Stay } from "../../runtime/access/credential-state.js";
import type { CredentialView } from "../../runtime/access/credentials.js";
import { answer } from "../answer.js";
import type { AppContext, AppDeps, AppEnv } from "../deps.js";
import { callerOf, roleOfCredential } from "../entrance.js";
import { readBody, readQuery } from "../input.js";
import { HttpProblemError, invalidRequest, rejected, roomNotFound, unauthorized } from "../problem.js";
import { ownerOf } from "./people.js";

/** The caller: the admin, or a participant of the one room their token is for. */
type Caller = { kind: "admin" } | { kind: "person"; roomId: string; name: string; role: PersonRole };

/** Default lifetime of a token, seconds. */
const tokenSeconds = 90 * secondsPerDay;

/** The room right behind a scope: a token has at most the rights of its maker. */
const rightOfScope = { read: "read", post: "speak", decide: "decide", manage: "manageAgents" } as const;

const tokenNotFound = new HttpProblemError({
  code: "token_not_found",
  detail: "There is no such token, or it is not yours; it may have expired or been revoked.",
});

/** Tokens for programs that act as a participant: kind `api`. */
export function tokenRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.post("/api/tokens", async (c) => {
    const caller = await readCaller(c, deps);
    readQuery(c, plainQuery);
    const { scopes, label, expiresInSeconds = tokenSeconds, ...whom } = await readBody(c, tokenBody);
    const stay = await stayFor(deps, caller, { ...whom, scopes });
    const issued = await deps.credentials.issue({
      kind: "api",
      holder: [stay],
      scopes: [...new Set(scopes)],
      rooms: [stay.roomId],
      ...(label !== undefined && { label }),
      expiresAtMs: deps.clock.nowMs() + expiresInSeconds * 1_000,
      by: actorOf(caller),
    });
    if (issued.kind === "rejected") throw rejected(issued.rejection);
    return answer(c, createdToken, { ...shown(issued.credential), token: issued.token }, 201);
  });

  app.get("/api/tokens", async (c) => {
    const caller = await readCaller(c, deps);
    const { roomId } = readQuery(c, tokensQuery);
    const tokens = (await deps.credentials.list()).filter((one) => isTheirs(caller, one)).map(shown);
    return answer(c, tokenList, { tokens: tokens.filter((one) => roomId === undefined || one.roomId === roomId) });
  });

  app.delete("/api/tokens/:tokenId", async (c) => {
    const caller = await readCaller(c, deps);
    readQuery(c, plainQuery);
    await readBody(c, noBody);
    const id = c.req.param("tokenId");
    const known = (await deps.credentials.list()).find((one) => one.id === id && isTheirs(caller, one));
    if (!known || !(await deps.credentials.revoke(id, { by: actorOf(caller) }))) throw tokenNotFound;
    return answer(c, revokedToken, { id });
  });
}

async function readCaller(c: AppContext, deps: AppDeps): Promise<Caller> {
  const credential = await callerOf(c, deps);
  if (credential.kind === "admin") return credential;
  const { roomId, name } = credential.token;
  const role = await deps.rooms.read(roomId, (room) => roleOfCredential(room, credential));
  if (!role) throw new HttpProblemError(unauthorized);
  return { kind: "person", roomId, name, role };
}

/** Whom the new token acts as. A person makes tokens for themselves alone; the admin for anybody, at first the owner. */
async function stayFor(
  deps: AppDeps,
  caller: Caller,
  asked: { roomId?: string | undefined; name?: string | undefined; scopes: readonly CredentialScope[] },
): Promise<Stay> {
  const isPerson = caller.kind === "person";
  const roomId = asked.roomId ?? (isPerson ? caller.roomId : undefined);
  if (roomId === undefined) throw invalidRequest([{ path: ["roomId"], message: "which room is the token for?" }]);
  if (isPerson && roomId !== caller.roomId) throw new HttpProblemError(roomNotFound);
  const given = asked.name?.toLowerCase() ?? (isPerson ? caller.name : undefined);
  if (isPerson && given !== caller.name) {
    throw new HttpProblemError({
      code: "forbidden",
      detail: "A token acts as who makes it; you are not that participant.",
    });
  }
  const found = await deps.rooms.read(roomId, (room) => ({ person: personIn(room, given ?? ownerOf(room) ?? "") }));
  if (!found) throw new HttpProblemError(roomNotFound);
  const { person } = found;
  if (!person) throw rejected({ code: "participant_not_found", detail: "no person of this name is in this room" });
  const beyond = asked.scopes.find((scope) => !roleMay(person.role, rightOfScope[scope]));
  if (beyond === undefined) return { roomId, name: person.name, joinedVersion: person.joinedVersion };
  const detail = `The role ${person.role} does not reach as far as the scope ${beyond}.`;
  throw new HttpProblemError({ code: "forbidden", detail });
}

function personIn(room: Room, name: string): { name: string; joinedVersion: number; role: PersonRole } | undefined {
  const found = presentParticipant(room, name);
  if (found?.kind !== "human") return undefined;
  return { name: found.name, joinedVersion: found.joinedVersion, role: found.role };
}

function actorOf(caller: Caller): AccessActor {
  return caller.kind === "admin" ? { name: "admin" } : { name: caller.name, roomId: caller.roomId };
}

/** One's own tokens; an owner sees and ends those of the whole room. Tokens of external agents are for those who manage agents. */
function isTheirs(caller: Caller, { kind, holder }: CredentialView): boolean {
  if (kind !== "api" && kind !== "room-agent") return false;
  if (caller.kind === "admin") return true;
  const { roomId, name, role } = caller;
  if (kind === "room-agent") return roleMay(role, "manageAgents") && holder.some((stay) => stay.roomId === roomId);
  return holder.some((stay) => stay.roomId === roomId && (stay.name === name || role === "owner"));
}

/** Only of the kinds `api` and `room-agent`: those have one stay. */
function shown({ id, kind, holder, scopes, label, issuedAtMs, expiresAtMs, lastUsedAtMs }: CredentialView): TokenView {
  const [stay] = holder;
  return {
    id,
    kind: kind === "room-agent" ? kind : "api",
    roomId: stay?.roomId ?? "",
    name: stay?.name ?? "",
    scopes: [...scopes],
    ...(label !== undefined && { label }),
    issuedAt: issuedAtMs,
    ...(expiresAtMs !== undefined && { expiresAt: expiresAtMs }),
    ...(lastUsedAtMs !== undefined && { lastUsedAt: lastUsedAtMs }),
  };
}
