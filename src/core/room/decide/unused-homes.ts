import type { CommandOf } from "../command.js";
import { presentAgents, type Room } from "../room.js";
import { unusedHomesStep } from "../unused-homes.js";
import { accept, type DecideContext, type Decision } from "./decision.js";

/** Announces or gives up, whichever is due; nothing where neither is. */
export function decideUnusedHomes(room: Room, command: CommandOf<"homes.tick">, { nowMs }: DecideContext): Decision {
  const step = unusedHomesStep(room, { ...command, nowMs });
  if (step === undefined) return accept();
  const agents = presentAgents(room).flatMap(({ name, turns }) => (turns > 0 ? [name] : []));
  const named = agents.map((name) => `@${name}`).join(", ");
  const usedAtMs = room.homes?.usedAtMs ?? room.createdAtMs;
  const unused = `nobody has used this room for ${inDays(nowMs - usedAtMs)}`;
  if (step === "remove") {
    const text = `The homes and work folders of ${named} are given up: ${unused}. Messages stay; with the next message they begin with empty folders.`;
    return accept({ type: "notice.posted", text, severity: "warning", homes: { removedOf: agents } });
  }
  const removeAtMs = nowMs + command.noticeMs;
  const text = `The homes and work folders of ${named} are given up on ${new Date(removeAtMs).toISOString().slice(0, 10)}, for ${unused}. Messages stay. To keep the folders, write a message here.`;
  return accept({ type: "notice.posted", text, severity: "warning", homes: { removeAtMs } });
}

const dayMs = 86_400_000;

function inDays(ms: number): string {
  const days = Math.floor(ms / dayMs);
  return days === 1 ? "1 day" : `${days} days`;
}
