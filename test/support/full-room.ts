import { LIMITS } from "../../src/core/room/limits.js";
import type { Room } from "../../src/core/room/room.js";
import { toSnapshot } from "../../src/core/room/snapshot.js";

/** As long as names may be. */
export const longName = (n: number): string => `a${String(n).padStart(31, "x")}`;
/** As long as display names may be, in two bytes a character. */
export const longDisplayName = "é".repeat(LIMITS.maxDisplayNameChars);
/** As long as the ids that adapters make. */
export const uuid = (n: number): string => `${String(n).padStart(8, "0")}-0000-4000-8000-000000000000`;

export const stateBytes = (room: Room): number => Buffer.byteLength(JSON.stringify(toSnapshot(room)));

/** Bytes of each part of a room's state. */
export function bytesByPart(room: Room): Record<string, number> {
  const { state } = toSnapshot(room) as { state: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(state).map(([part, value]) => [part, Buffer.byteLength(JSON.stringify(value) ?? "")]),
  );
}
