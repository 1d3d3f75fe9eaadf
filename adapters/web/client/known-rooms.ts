import { signal } from "@preact/signals";

/** A room joined in this browser. No token: that is in a cookie no script can read. */
export interface KnownRoom {
  roomId: string;
  roomName: string;
  /** Name spoken under there. */
  me: string;
}

const roomsKey = "parley.rooms";
const nameKey = "parley.name";
const maxRooms = 50;

export const knownRooms = signal<readonly KnownRoom[]>(readRooms());

export function knownRoom(roomId: string): KnownRoom | undefined {
  return knownRooms.value.find((room) => room.roomId === roomId);
}

/** Puts the room first in the list. */
export function rememberRoom(room: KnownRoom): void {
  const known = knownRoom(room.roomId);
  if (known?.roomName === room.roomName && known.me === room.me && knownRooms.value[0] === known) return;
  store([room, ...knownRooms.value.filter(({ roomId }) => roomId !== room.roomId)].slice(0, maxRooms));
}

export function forgetRoom(roomId: string): void {
  store(knownRooms.value.filter((room) => room.roomId !== roomId));
}

export function lastName(): string {
  return read(nameKey) ?? "";
}

export function rememberName(name: string): void {
  write(nameKey, name);
}

function store(rooms: readonly KnownRoom[]): void {
  knownRooms.value = rooms;
  write(roomsKey, JSON.stringify(rooms));
}

function readRooms(): KnownRoom[] {
  try {
    const stored: unknown = JSON.parse(read(roomsKey) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isKnownRoom) : [];
  } catch {
    return [];
  }
}

function isKnownRoom(value: unknown): value is KnownRoom {
  if (typeof value !== "object" || value === null) return false;
  const { roomId, roomName, me } = value as Record<string, unknown>;
  return typeof roomId === "string" && typeof roomName === "string" && typeof me === "string";
}

/** Storage may be switched off; the page works without, it only forgets. */
function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Nothing to do: the page forgets.
  }
}
