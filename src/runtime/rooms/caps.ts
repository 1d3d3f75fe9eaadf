import type { Command } from "../../core/room/command.js";
import type { Rejection } from "../../core/room/rejection.js";
import { type Actor, actorName } from "../../core/room/rights.js";
import { presentAgents } from "../../core/room/room.js";
import type { Limits } from "../../ports/limits.js";
import type { RoomService } from "./service.js";

/** How much people may ask of rooms. Absent: without a cap. */
export interface RoomCaps {
  /** Messages of one person, or of one external agent, in one room, a minute. */
  maxMessagesPerMinute?: number;
  /** Rooms of one creator, an hour. */
  maxRoomsPerHour?: number;
  /** Invites of one person in one room, an hour. */
  maxInvitesPerHour?: number;
  /** Agents in one room at a time. */
  maxAgentsPerRoom?: number;
}

/** Names of the caps, as a metric tells them apart. */
export type RoomCapName = "messages" | "rooms" | "invites" | "agents";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * The same rooms for callers from outside, over HTTP or from a chat: a command beyond a cap is refused before the room sees it, as
 * `rate_limited` with the time to wait, or `limit_reached`. What agents in Parley say and what Parley does itself is not counted here; an agent outside counts like a person. In a fleet
 * all processes count together, as far as `limits` does.
 */
export function capRooms(
  rooms: RoomService,
  { limits, caps, onRefused }: { limits: Limits; caps: RoomCaps; onRefused: (cap: RoomCapName) => void },
): RoomService {
  async function rejectionIfOver(roomId: string, command: Command): Promise<[RoomCapName, Rejection] | undefined> {
    const taken = takenBy(roomId, command, caps);
    if (taken) {
      const { cap, key, limit, windowMs, what } = taken;
      const answer = await limits.take(`${cap}/${key}`, { limit, windowMs });
      if (!answer.ok) return [cap, tooFast(what, taken, answer.retryAfterMs)];
    }
    return rejectionIfCrowded(roomId, command);
  }

  async function rejectionIfCrowded(roomId: string, command: Command): Promise<[RoomCapName, Rejection] | undefined> {
    const { maxAgentsPerRoom: limit = Number.POSITIVE_INFINITY } = caps;
    const added = command.type === "agent.add" ? 1 : command.type === "room.create" ? command.agents.length : 0;
    if (added === 0 || limit === Number.POSITIVE_INFINITY) return undefined;
    const present = command.type === "agent.add" ? await rooms.peek(roomId, (room) => presentAgents(room).length) : 0;
    if (present + added <= limit) return undefined;
    const detail = `a room has at most ${limit} agents at a time here, and this one would have ${present + added}; remove one first`;
    return ["agents", { code: "limit_reached", detail }];
  }

  return {
    ...rooms,
    async execute(roomId, command, options) {
      const refused = await rejectionIfOver(roomId, command);
      if (!refused) return rooms.execute(roomId, command, options);
      onRefused(refused[0]);
      return { kind: "rejected", rejection: refused[1] };
    },
  };
}

interface Take {
  cap: RoomCapName;
  key: string;
  limit: number;
  windowMs: number;
  what: string;
}

function takenBy(roomId: string, command: Command, caps: RoomCaps): Take | undefined {
  const { maxMessagesPerMinute, maxRoomsPerHour, maxInvitesPerHour } = caps;
  if (command.type === "message.post" && maxMessagesPerMinute !== undefined) {
    const key = `${roomId}/${keyOf(command.by)}`;
    return { cap: "messages", key, limit: maxMessagesPerMinute, windowMs: minuteMs, what: "messages in this room" };
  }
  if ((command.type === "agent.say" || command.type === "agent.ask") && maxMessagesPerMinute !== undefined) {
    const key = `${roomId}/agent/${command.agent}`;
    return { cap: "messages", key, limit: maxMessagesPerMinute, windowMs: minuteMs, what: "messages in this room" };
  }
  if (command.type === "invite.create" && maxInvitesPerHour !== undefined) {
    const key = `${roomId}/${keyOf(command.by)}`;
    return { cap: "invites", key, limit: maxInvitesPerHour, windowMs: hourMs, what: "invites for this room" };
  }
  if (command.type === "room.create" && maxRoomsPerHour !== undefined) {
    const { platform } = command.ownerFromChat ?? {};
    const key = platform ? `${platform.name}/${platform.userId}` : keyOf(command.by);
    return { cap: "rooms", key, limit: maxRoomsPerHour, windowMs: hourMs, what: "rooms" };
  }
  return undefined;
}

function keyOf(actor: Actor): string {
  return `${actor.kind}/${actorName(actor)}`;
}

function tooFast(what: string, { limit, windowMs }: Take, retryAfterMs: number): Rejection {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  const span = windowMs === minuteMs ? "a minute" : "an hour";
  const detail = `you may make ${limit} ${what} ${span}, and have; nothing was done. Try again in ${seconds} s`;
  return { code: "rate_limited", detail, retryAfterMs };
}
