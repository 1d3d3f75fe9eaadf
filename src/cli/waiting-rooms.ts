import { createApi } from "../client/http.js";
import type { Context } from "./command.js";
import { dim, strong, styled } from "./screen.js";
import { adminToken, findServer, givenToken } from "./server.js";
import { readKeptTokens } from "./token-file.js";
import { counted } from "./words.js";

/** A room with what waits in it. */
export interface WaitingRoom {
  roomId: string;
  name: string;
  state: string;
  openGates: number;
}

/**
 * The rooms that this terminal can see, those first in which something waits: all of the server on its machine, elsewhere those it joined. Closed ones and rooms that
 * its token does not open any more are left out.
 */
export async function waitingRooms(context: Context): Promise<WaitingRoom[]> {
  const place = await findServer(context);
  const token = givenToken(context) ?? (await adminToken(context, place));
  const all = createApi({ url: place.url, token, signal: context.signal });
  const listed = token === undefined ? undefined : await all.call("listRooms", {}).catch(() => undefined);
  const rooms = listed?.rooms ?? (await joinedRooms(context, place.url));
  return rooms
    .filter(({ state }) => state !== "closed")
    .sort((one, other) => other.openGates - one.openGates || (one.name < other.name ? -1 : 1));
}

async function joinedRooms(context: Context, url: string): Promise<WaitingRoom[]> {
  const kept = (await readKeptTokens(context.env)).filter((entry) => entry.url === url);
  const looked = kept.map(async ({ roomId, token }) => {
    const api = createApi({ url, token, signal: context.signal });
    const room = await api.call("getRoom", { parts: { id: roomId } }).catch(() => undefined);
    return room === undefined ? [] : [{ roomId, name: room.name, state: room.state, openGates: room.gates.length }];
  });
  return (await Promise.all(looked)).flat();
}

/** Prints those rooms, numbered from 1, and resolves to them in that order. */
export async function printWaiting(context: Context): Promise<WaitingRoom[]> {
  const { screen } = context;
  const rooms = await waitingRooms(context);
  if (rooms.length === 0) screen.line("There are no rooms yet. Make one with parley room new <name>.");
  for (const [at, { roomId, name, state, openGates }] of rooms.entries()) {
    const waiting =
      openGates > 0 ? [styled("gate", `  ${screen.symbols.gate} ${counted(openGates, "gate")} open`)] : [];
    const number = at < 9 ? `${at + 1}` : " ";
    screen.line([`${number}  `, strong(name), dim(`  ${roomId}  ${state}`), ...waiting], { hang: 3 });
  }
  return rooms;
}
