import type { GateKind } from "../../../core/room/event.js";
import { withScriptRemark } from "../../../core/values/script-remark.js";
import type { RoomPicture } from "../../rooms/picture.js";
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

/** A room in a few lines: how it is, who works, what waits, what was spent. */
export function describeRoom(
  { name, state, participants, gates, usage }: RoomPicture,
  url: string | undefined,
): string {
  const agents = participants.filter(({ kind }) => kind === "agent");
  const working = agents.filter(({ sinceMs }) => sinceMs !== undefined);
  return [
    `${name}: ${state}`,
    `Agents: ${namesOf(agents) || "none"}${working.length > 0 ? `; working: ${working.map(({ name }) => name).join(", ")}` : ""}`,
    `Waiting for a decision: ${gates.length}`,
    `Spent: $${usage.usd.toFixed(2)}`,
    ...(url === undefined ? [] : [`In the browser: ${url}`]),
  ].join("\n");
}

/** Spending of a room. */
export function describeUsage({ name, usage, policy }: RoomPicture): string {
  const limit = policy.budget?.usd;
  return `${name} has spent $${usage.usd.toFixed(2)}${limit === undefined ? "" : ` of $${limit.toFixed(2)}`}.`;
}

function namesOf(participants: RoomPicture["participants"]): string {
  return participants.map(({ name, runtime }) => withScriptRemark(name, { runtime })).join(", ");
}

/** All participants of the room, one per line. */
export function describePeople({ participants }: RoomPicture): string {
  return participants
    .map(({ name, displayName, kind, role, status, unread, runtime }) => {
      const called = displayName === name ? `@${name}` : `@${name} (${displayName})`;
      const does = kind === "agent" ? `, ${status === "waiting" ? "waiting for a person" : status}` : "";
      const doing = withScriptRemark(`${role}${does}`, { runtime, between: ", ", after: "" });
      return `• ${called}: ${doing}${unread ? `, ${count(unread, "message")} waiting` : ""}`;
    })
    .join("\n");
}

/** Open gates, without any held text: that is on the cards. */
export function describeGates({ gates }: RoomPicture, url: string | undefined): string {
  if (gates.length === 0) return "Nothing waits for a decision.";
  const words: Readonly<Record<GateKind, string>> = {
    message: "a message of",
    question: "a question of",
    tool: "a tool call of",
    continue: "the halt after",
  };
  const lines = gates.slice(0, maxListed).map(({ kind, from }) => `• ${words[kind]} ${from}`);
  return [
    `${count(gates.length, "thing")} waiting; the cards are in the thread${url === undefined ? "" : `, and at ${url}`}`,
    ...lines,
  ].join("\n");
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
