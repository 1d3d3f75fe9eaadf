import { inWords } from "../../values/duration.js";
import type { CommandOf } from "../command.js";
import { LIMITS } from "../limits.js";
import { outagesOf } from "../open-outage.js";
import type { Room } from "../room.js";
import { accept, type DecideContext, type Decision } from "./decision.js";

/** Tells the room of an outage, unless it knows of one for which this node answers: an earlier process of the node may have announced it. */
export function decideOutageBegin(room: Room, command: CommandOf<"outage.begin">): Decision {
  if (outagesOf(room.outages, command).length > 0) return accept();
  const { node, text, about, sinceMs, awaitsAnswer } = command;
  const cutOff = command.cutOff.slice(0, LIMITS.maxCutOffNames);
  const why = command.why.slice(0, LIMITS.maxOutageCauseChars);
  const outage = { node, sinceMs, why, ...(awaitsAnswer && { awaitsAnswer }), ...(cutOff.length > 0 && { cutOff }) };
  return accept({ type: "notice.posted", text, about, severity: "warning", outage });
}

/** Tells the room that the outages are over for which this node answers, if it knows of any. */
export function decideOutageEnd(room: Room, command: CommandOf<"outage.end">, { nowMs }: DecideContext): Decision {
  const known = outagesOf(room.outages, command);
  if (known.length === 0) return accept();
  const sinceMs = Math.min(...known.map(([, outage]) => outage.sinceMs));
  const cutOff = new Set([...known.flatMap(([, outage]) => outage.cutOff), ...command.cutOff]);
  const text = overText(Math.max(0, nowMs - sinceMs), [...cutOff]);
  return accept({ type: "notice.posted", text, severity: "warning", outagesOver: known.map(([node]) => node) });
}

function overText(lastedMs: number, cutOff: readonly string[]): string {
  const lead = `Agents can be reached again after ${inWords(lastedMs)}; what waited is delivered.`;
  if (cutOff.length === 0) return lead;
  return `${lead} The messages of turns that were cut off are delivered again: ${cutOff.join(", ")}.`;
}
