import { ProblemError } from "../client/errors.js";
import { createApi } from "../client/http.js";
import type { RoomSummary } from "../protocol/rooms.js";
import type { Context, RoomAccess } from "./command.js";
import { RefusedError, UsageError } from "./errors.js";
import { joinAsOwner } from "./join-as-owner.js";
import { nearest } from "./nearest.js";
import { adminToken, findServer, givenToken, type ServerPlace } from "./server.js";
import { type KeptToken, readKeptTokens } from "./token-file.js";

/**
 * The room a person named by its id or its name, with the token to use there: the given one, else the one kept from `join`. On the server's machine, somebody
 * without one joins as an owner under this user's name, unless the command only reads (`reads`) or `--admin` was given: then the admin's is used.
 * Throws a `UsageError` where a name fits several rooms or none.
 */
export async function findRoom(
  context: Context,
  named: string,
  { reads = false }: { reads?: boolean } = {},
): Promise<RoomAccess> {
  const place = await findServer(context);
  const given = givenToken(context);
  if (given !== undefined) return withToken(context, { place, token: given, named });
  const all = await readKeptTokens(context.env);
  const kept = all.filter(({ url }) => url === place.url);
  const admin = await adminToken(context, place);
  const own = kept.filter(({ roomId, roomName }) => roomId === named || roomName === named);
  const rooms = admin === undefined ? undefined : await allRooms(context, { place, token: admin });
  const found = rooms === undefined ? own.map(summaryOf) : matching(rooms, named);
  const room = oneOf(found, { named, known: rooms ?? kept.map(summaryOf), hasAdmin: admin !== undefined });
  if (context.globals.admin && admin === undefined) throw new UsageError(noAdmin);
  const ownToken = context.globals.admin
    ? undefined
    : tokenFor(room.roomId, { all, kept, hasAdmin: admin !== undefined });
  const isNew = ownToken === undefined && admin !== undefined && !reads && !context.globals.admin;
  const joined = isNew ? await joinAsOwner(context, { room, url: place.url, admin }) : undefined;
  const token = ownToken ?? joined ?? admin;
  return { ...room, api: createApi({ url: place.url, token, signal: context.signal }) };
}

const noAdmin =
  "--admin needs the server's admin token: run this where its data folder is, or name that with --data-dir.";

/** A server of this user's that came back on another port has the same rooms: the token that was kept for one is theirs still. */
function tokenFor(
  room: string,
  { all, kept, hasAdmin }: { all: readonly KeptToken[]; kept: readonly KeptToken[]; hasAdmin: boolean },
): string | undefined {
  const here = kept.find(({ roomId }) => roomId === room);
  return (here ?? (hasAdmin ? all.findLast(({ roomId }) => roomId === room) : undefined))?.token;
}

type RoomName = Pick<RoomSummary, "roomId" | "name">;

const summaryOf = ({ roomId, roomName }: KeptToken): RoomName => ({ roomId, name: roomName });

interface Named {
  place: ServerPlace;
  token: string;
  named: string;
}

/** A token that was given outright is an admin's, which knows all rooms, or one room's, which must be named by its id or name. */
async function withToken(context: Context, { place, token, named }: Named): Promise<RoomAccess> {
  const api = createApi({ url: place.url, token, signal: context.signal });
  const rooms = await allRooms(context, { place, token }).catch(onlyIfAdmin);
  if (rooms) return { ...oneOf(matching(rooms, named), { named, known: rooms, hasAdmin: true }), api };
  const kept = (await readKeptTokens(context.env)).find((entry) => entry.url === place.url && entry.roomName === named);
  const room = await api.call("getRoom", { parts: { id: kept?.roomId ?? named } });
  return { api, roomId: room.roomId, name: room.name };
}

function onlyIfAdmin(error: unknown): undefined {
  const isRefusal = error instanceof ProblemError && [401, 403, 404].includes(error.problem.status);
  if (!isRefusal) throw error;
}

async function allRooms(context: Context, { place, token }: Omit<Named, "named">): Promise<RoomSummary[]> {
  const api = createApi({ url: place.url, token, signal: context.signal });
  return (await api.call("listRooms", {})).rooms;
}

/** By id, else by name; closed rooms only if no open one has that name. */
function matching(rooms: readonly RoomSummary[], named: string): RoomName[] {
  const byId = rooms.filter(({ roomId }) => roomId === named);
  if (byId.length > 0) return byId;
  const byName = rooms.filter(({ name }) => name === named);
  const open = byName.filter(({ state }) => state !== "closed");
  return open.length > 0 ? open : byName;
}

interface Known {
  named: string;
  known: readonly RoomName[];
  hasAdmin: boolean;
}

function oneOf(found: readonly RoomName[], { named, known, hasAdmin }: Known): RoomName {
  const [first, ...others] = found;
  if (!first) throw new RefusedError(noSuchRoom({ named, known, hasAdmin }));
  if (others.length === 0) return first;
  const ids = found.map(({ roomId }) => roomId).join(", ");
  throw new UsageError(`${found.length} rooms are called “${named}”; use one of their ids: ${ids}.`);
}

function noSuchRoom({ named, known, hasAdmin }: Known): string {
  const near = nearest(
    named,
    known.flatMap(({ name, roomId }) => [name, roomId]),
  );
  const hint = near === undefined ? "" : ` Did you mean “${near}”?`;
  if (hasAdmin) return `There is no room “${named}”.${hint} parley room list shows them.`;
  return `You have no access to a room “${named}” here.${hint} Join it with an invite code: parley join <code> --name <name>.`;
}
