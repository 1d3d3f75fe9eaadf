import { frameMessage, frameNotice } from "../../core/grammar/frame.js";
import type { RoomService } from "../rooms/service.js";

/** Limits of the history given to an agent that joins a running room. */
const maxMessages = 12;
const maxChars = 6_000;
const maxCommits = 200;

/**
 * Messages to the whole room before this version, oldest first, framed and marked as history; empty if there are none. Private messages
 * are not included.
 */
export async function saidBefore(
  version: number,
  {
    rooms,
    roomId,
    agent,
    sha256,
  }: { rooms: RoomService; roomId: string; agent: string; sha256: (text: string) => string },
): Promise<string> {
  const frames: string[] = [];
  let chars = 0;
  for (let at = version - 1; at > 0 && at >= version - maxCommits && frames.length < maxMessages; at--) {
    for (const event of (await rooms.eventsAt(roomId, at)).toReversed()) {
      if (event?.type !== "message.posted" || event.to !== "room") continue;
      const { from, body, to, messageId } = event;
      const fromKind = await rooms.peek(roomId, (room) => room.participants.get(from)?.kind ?? "human");
      chars += body.length;
      if (chars <= maxChars) frames.unshift(frameMessage({ from, fromKind, to, self: agent, body, messageId, sha256 }));
    }
    if (chars > maxChars) break;
  }
  if (frames.length === 0) return "";
  const lead = frameNotice(
    "you joined a room that was under way; this was said before, for you to know, not to answer:",
  );
  return `${lead}\n${frames.join("\n")}\n${frameNotice("from here on it is for you")}\n`;
}
