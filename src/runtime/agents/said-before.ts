import { frameMessage, frameNotice } from "../../core/grammar/frame.js";
import type { EventOf } from "../../core/room/event.js";
import type { RoomService } from "../rooms/service.js";

/** Limits of the history given to an agent that does not know it. */
const maxMessages = 12;
const maxChars = 6_000;
const maxCommits = 200;

/** Why the agent does not know what was said. */
export type UnknownBecause = "joined" | "asked" | "lost";

const leads: Readonly<Record<UnknownBecause, string>> = {
  joined: "you joined a room that was under way; this was said before, for you to know, not to answer:",
  asked:
    "this is a new conversation: you remember nothing of the one before, and its files are still in your work folder; this was said before, for you to know, not to answer:",
  lost: "your conversation was lost and this is a new one: you remember nothing of it, and its files are still in your work folder; this was said before, for you to know, not to answer:",
};
const withoutHistory: Readonly<Record<UnknownBecause, string>> = {
  joined: "",
  asked:
    "this is a new conversation: you remember nothing of the one before, and its files are still in your work folder",
  lost: "your conversation was lost and this is a new one: you remember nothing of it, and its files are still in your work folder",
};

interface SaidBeforeContext {
  rooms: RoomService;
  roomId: string;
  agent: string;
  sha256: (text: string) => string;
}

/**
 * The newest messages before this version, oldest first, framed and marked as history: those to the whole room, and for an agent that was there also its own and those to it.
 * Empty if an agent that joined has missed nothing. `except`: ids of messages it is given anyway.
 */
export async function saidBefore(
  { version, why, except = [] }: { version: number; why: UnknownBecause; except?: readonly string[] },
  context: SaidBeforeContext,
): Promise<string> {
  const { rooms, roomId } = context;
  const frames: string[] = [];
  let chars = 0;
  for (let at = version - 1; at > 0 && at >= version - maxCommits && frames.length < maxMessages; at--) {
    for (const event of (await rooms.eventsAt(roomId, at)).toReversed()) {
      if (event?.type !== "message.posted" || !isKnownTo(context.agent, event, why)) continue;
      if (except.includes(event.messageId)) continue;
      chars += event.body.length;
      if (chars <= maxChars && frames.length < maxMessages) frames.unshift(await framed(event, context));
    }
    if (chars > maxChars) break;
  }
  if (frames.length === 0) return withoutHistory[why] === "" ? "" : `${frameNotice(withoutHistory[why])}\n`;
  return `${frameNotice(leads[why])}\n${frames.join("\n")}\n${frameNotice("from here on it is for you")}\n`;
}

/** An agent that joined is not told private messages from before. */
function isKnownTo(agent: string, { from, to }: EventOf<"message.posted">, why: UnknownBecause): boolean {
  if (to === "room") return true;
  return why !== "joined" && (from === agent || to.includes(agent));
}

async function framed(
  { from, body, to, messageId }: EventOf<"message.posted">,
  { rooms, roomId, agent, sha256 }: SaidBeforeContext,
): Promise<string> {
  const fromKind = await rooms.peek(roomId, (room) => room.participants.get(from)?.kind ?? "human");
  return frameMessage({ from, fromKind, to, self: agent, body, messageId, sha256 });
}
