import { getCookie } from "hono/cookie";
import type { z } from "zod";
import type { PersonRole } from "../core/room/event.js";
import { type Actor, actorName, type Right, rejectionIfForbidden } from "../core/room/rights.js";
import type { Room } from "../core/room/room.js";
import { plainQuery } from "../protocol/fields.js";
import { sameSecret } from "../runtime/access/secrets.js";
import { type RoomToken, roleOfToken } from "../runtime/access/tokens.js";
import { looksLikeCredential, stayOf, verifyCredential } from "./access-credential.js";
import type { AppContext, AppDeps } from "./deps.js";
import { readQuery } from "./input.js";
import { HttpProblemError, rejected, roomNotFound, unauthorized } from "./problem.js";

/** A participant, authenticated by a token. */
export interface Entrance {
  roomId: string;
  actor: Actor;
  role: PersonRole;
  /** Absent for the admin. */
  token?: RoomToken;
  /** Id of the `p2` credential they came with. */
  credentialId?: string;
}

type Credential = { kind: "admin" } | { kind: "room"; token: RoomToken; credentialId?: string };

const roomIdSyntax = /^[0-9a-z]{10}$/;

export function cookieName(roomId: string): string {
  return `parley_${roomId}`;
}

/** The caller as a participant of this room; a query only if the route has one. GETs may wait for a version (`atLeast`). */
export async function enter(c: AppContext, deps: AppDeps, { right }: { right?: Right } = {}): Promise<Entrance> {
  return (await enterWith(c, deps, { query: plainQuery, ...(right && { right }) })).entrance;
}

export async function enterWith<Query extends { atLeast?: number | undefined }>(
  c: AppContext,
  deps: AppDeps,
  { query: querySchema, right }: { query: z.ZodType<Query>; right?: Right },
): Promise<{ entrance: Entrance; query: Query }> {
  const roomId = c.req.param("id") ?? "";
  const credential = await credentialOf(c, deps, roomId);
  const isOthers = credential.kind === "room" && credential.token.roomId !== roomId;
  if (isOthers || !roomIdSyntax.test(roomId)) throw new HttpProblemError(roomNotFound);
  const query = readQuery(c, querySchema);
  const isRead = c.req.method === "GET" || c.req.method === "HEAD";
  const waits = isRead && query.atLeast !== undefined ? { atLeast: query.atLeast } : {};
  const actor: Actor = credential.kind === "admin" ? credential : { kind: "person", name: credential.token.name };
  const seen = await deps.rooms.read(
    roomId,
    (room) => ({
      role: roleOfCredential(room, credential),
      refused: right && rejectionIfForbidden(room, actor, right),
    }),
    waits,
  );
  if (!seen) throw new HttpProblemError(roomNotFound);
  if (!seen.role) throw new HttpProblemError(unauthorized);
  if (!isRead) refuseOtherPerson(c, actor);
  if (seen.refused) throw rejected(seen.refused);
  const { kind: _kind, ...known } = credential;
  return { entrance: { roomId, actor, role: seen.role, ...known }, query };
}

/** A page says as whom it means to write: another tab of its browser may have joined as somebody else meanwhile. */
function refuseOtherPerson(c: AppContext, actor: Actor): void {
  const meant = c.req.header("Parley-As");
  const you = actorName(actor);
  if (meant === undefined || meant === you) return;
  const whose = c.req.header("Authorization") === undefined ? "The cookie of this browser" : "This token";
  const detail = `${whose} is ${you}'s, and the request was meant to be another's. Nothing was done.`;
  throw new HttpProblemError({ code: "not_you", detail, more: { you } });
}

/** The role as the room has it now; undefined when the token's stay is over. */
export function roleOfCredential(room: Room, credential: Credential): PersonRole | undefined {
  return credential.kind === "admin" ? "owner" : roleOfToken(room, credential.token);
}

export async function enterAsAdmin(c: AppContext, deps: AppDeps): Promise<void> {
  const credential = await credentialOf(c, deps, undefined);
  if (credential.kind === "admin") return;
  throw new HttpProblemError({ code: "forbidden", detail: "This takes the admin token; yours is for one room." });
}

/** Whether the request brings the admin token; one that brings another, or none, is not refused. */
export function isAdmin(c: AppContext, deps: AppDeps): boolean {
  const bearer = bearerOf(c);
  return bearer !== undefined && sameSecret(bearer, deps.adminToken);
}

/** The caller of an address outside rooms: by a bearer token, for no cookie reaches it. */
export function callerOf(c: AppContext, deps: AppDeps): Promise<Credential> {
  return credentialOf(c, deps, undefined);
}

async function credentialOf(c: AppContext, deps: AppDeps, roomId: string | undefined): Promise<Credential> {
  const bearer = bearerOf(c);
  const cookie = bearer === undefined && roomId !== undefined ? getCookie(c, cookieName(roomId)) : undefined;
  const given = bearer ?? cookie;
  if (given === undefined) throw new HttpProblemError(unauthorized);
  if (bearer !== undefined && sameSecret(bearer, deps.adminToken)) return { kind: "admin" };
  if (bearer !== undefined && looksLikeCredential(bearer)) return credentialIn(c, deps, { bearer, roomId });
  const token = deps.tokens.verify(given);
  if (!token) throw new HttpProblemError(unauthorized);
  if (cookie !== undefined) refuseOtherSites(c, deps);
  return { kind: "room", token };
}

async function credentialIn(
  c: AppContext,
  deps: AppDeps,
  { bearer, roomId }: { bearer: string; roomId: string | undefined },
): Promise<Credential> {
  const credential = await verifyCredential(deps, bearer);
  if (roomId !== undefined) {
    return { kind: "room", token: stayOf(c, { credential, roomId }), credentialId: credential.id };
  }
  const detail = "This takes the admin token or a room's own token; yours is for the work inside its rooms.";
  throw new HttpProblemError({ code: "forbidden", detail });
}

function bearerOf(c: AppContext): string | undefined {
  const header = c.req.header("Authorization");
  if (header === undefined) return undefined;
  return /^Bearer +([^\s]{1,2048}) *$/i.exec(header)?.[1] ?? "";
}

/** A browser sends cookies with any page's request, so a change must come from Parley's own page, as JSON. */
function refuseOtherSites(c: AppContext, deps: AppDeps): void {
  if (c.req.method === "GET" || c.req.method === "HEAD") return;
  // No form of another site can send these types.
  const isOurType = /^application\/(json|octet-stream)\b/i.test(c.req.header("Content-Type") ?? "");
  if (isOwnOrigin(c, deps) && isOurType) return;
  const detail =
    "With a cookie a change needs this site's own Origin and a JSON body (Content-Type: application/json), a file application/octet-stream.";
  throw new HttpProblemError({ code: "wrong_origin", detail });
}

/** The public address, or the address the request itself was sent to, which is a known one: others are refused before. */
export function isOwnOrigin(c: AppContext, deps: AppDeps): boolean {
  const origin = c.req.header("Origin");
  if (origin === undefined) return false;
  if (origin === deps.publicOrigin()) return true;
  return URL.canParse(origin) && new URL(origin).host === (c.req.header("Host") ?? new URL(c.req.url).host);
}
