import type { RoomEvent } from "../../src/core/event.js";
import { evolve } from "../../src/core/evolve.js";
import { LIMITS } from "../../src/core/limits.js";
import { emptyRoom, type Room } from "../../src/core/room.js";
import { toSnapshot } from "../../src/core/snapshot.js";
import { agent, created, held, invited, posted, turnStarted } from "./room-builder.js";

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

/** What each limit lets into a room, part by part; every agent has the longest names. */
export function roomAtItsLimits(parts: {
  participants?: number;
  waiting?: number;
  deliveries?: number;
  gates?: number;
  keys?: number;
  expired?: number;
  invites?: number;
  openTurns?: number;
  /** Messages of the open turns, all together. */
  postsInTurns?: number;
  resolvedGates?: number;
}): Room {
  const room = emptyRoom("r1");
  let version = 100_000;
  const at = Date.UTC(2026, 0, 5, 9);
  const write = (...events: RoomEvent[]) => {
    version += 1;
    for (const [index, event] of events.entries()) evolve(room, event, { version, index, at });
  };
  const {
    participants = 2,
    waiting = 0,
    deliveries = 0,
    gates = 0,
    keys = 0,
    expired = 0,
    invites = 0,
    resolvedGates = 200,
    openTurns = 0,
    postsInTurns = 0,
  } = parts;
  const names = Array.from({ length: participants }, (_, n) => longName(n));
  write(created());
  for (const name of names) write(agent(name, { displayName: longDisplayName, model: "claude-sonnet-4-5-20250929" }));
  for (let n = 0; n < keys; n++) {
    const key = { hash: "k".repeat(18) + String(n).padStart(6, "0"), fingerprint: "f".repeat(16) };
    write(posted("mia", ["tom"], "", { messageId: uuid(n), key }));
  }
  for (let n = 0; n < expired; n++) {
    write(posted("mia", [names[n % names.length] ?? ""], "", { messageId: "e" }));
    write({ type: "message.expired", messageId: "e", recipients: names, reason: "ttl" });
  }
  for (let n = 0; n < waiting; n++) {
    const share = Math.max(1, Math.min(participants, Math.floor(deliveries / waiting)));
    const to = Array.from({ length: share }, (_, m) => names[(n * share + m) % names.length] ?? "");
    write(posted(longName(9_999), to, "", { messageId: `${uuid(n)}.10.10`, expiresAtMs: at, hop: 12 }));
  }
  for (let n = 0; n < gates + resolvedGates; n++) {
    write(held(names[n % names.length] ?? "", "", { gateId: `g-${uuid(n)}.10.10`, to: "room", expiresAtMs: at }));
    const gateId = `g-${uuid(n)}.10.10`;
    if (n < resolvedGates)
      write({ type: "gate.resolved", gateId, kind: "message", outcome: "withdrawn", by: longName(1) });
  }
  for (let n = 0; n < invites; n++) write(invited(uuid(n), { expiresAtMs: at + 1_000, forName: longName(1) }));
  for (const [n, name] of names.slice(0, openTurns).entries()) {
    const turnId = uuid(n);
    write(turnStarted(name, [], { turnId, node: "a-host.example.org", boot: uuid(1) }));
    const own = Math.min(LIMITS.maxPostsPerTurn, postsInTurns - n * LIMITS.maxPostsPerTurn);
    for (let m = 0; m < own; m++) write(posted(name, ["tom"], "", { messageId: `${uuid(m)}.10.10`, turnId }));
  }
  return room;
}
