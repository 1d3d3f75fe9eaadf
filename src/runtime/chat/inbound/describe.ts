import { presentAgents, type Room, standingOf } from "../../../core/room/room.js";
import { participantViews } from "../../../core/room/view.js";
import type { RoomService } from "../../rooms/service.js";
import type { RoomHere } from "./find-room.js";

const maxListed = 30;

/** The rooms a person can choose from, one per line. */
export function describeRooms(all: readonly RoomHere[], prefix: string): string {
  if (all.length === 0) return `There is no room here yet. \`${prefix} new <name> with <role>\` makes one.`;
  const lines = all.slice(-maxListed).map(({ name, state, agents, gates, isHere }) => {
    const waiting = gates > 0 ? `, ${gates} waiting for a decision` : "";
    return `• ${name}: ${state}, ${count(agents, "agent")}${waiting}${isHere ? "" : " (in another channel)"}`;
  });
  const left = all.length - lines.length;
  return [...(left > 0 ? [`${left} older rooms are not listed.`] : []), ...lines].join("\n");
}

export function describeRoom(room: Room, url: string): string {
  const agents = presentAgents(room);
  const working = agents.filter(({ turn }) => turn).map(({ name }) => name);
  return [
    `${room.name}: ${standingOf(room)}`,
    `Agents: ${agents.map(({ name }) => name).join(", ") || "none"}${working.length > 0 ? `; working: ${working.join(", ")}` : ""}`,
    `Waiting for a decision: ${room.gates.size}`,
    `Spent: $${room.usage.usd.toFixed(2)}`,
    `In the browser: ${url}`,
  ].join("\n");
}

export function describePeople(room: Room, isOnline: (name: string) => boolean): string {
  const views = participantViews(room, isOnline);
  return views
    .map(({ name, displayName, kind, role, status, unread }) => {
      const called = displayName === name ? `@${name}` : `@${name} (${displayName})`;
      const does = kind === "agent" ? `, ${status === "waiting" ? "waiting for a person" : status}` : "";
      return `• ${called}: ${role}${does}${unread ? `, ${count(unread, "message")} waiting` : ""}`;
    })
    .join("\n");
}

/** Lists open gates without the held text, which only its card shows. */
export async function describeGates(rooms: RoomService, roomId: string, url: string): Promise<string> {
  const open = await rooms.peek(
    roomId,
    (room) => [...room.gates.values()].map(({ version, index, kind, from }) => ({ version, index, kind, from })),
    { fresh: true },
  );
  if (open.length === 0) return "Nothing waits for a decision.";
  const words = {
    message: "a message of",
    question: "a question of",
    tool: "a tool call of",
    continue: "the halt after",
  };
  const lines = open.slice(0, maxListed).map(({ kind, from }) => `• ${words[kind]} ${from}`);
  return [`${count(open.length, "thing")} waiting; the cards are in the thread, and at ${url}`, ...lines].join("\n");
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
