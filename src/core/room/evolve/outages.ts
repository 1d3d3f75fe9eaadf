import { LIMITS } from "../limits.js";
import type { AnnouncedOutage } from "../open-outage.js";
import type { Room } from "../room.js";

/** A notice about the beginning of an outage or about the end of some. */
export function evolveOutage(
  room: Room,
  { outage, outagesOver }: { outage?: AnnouncedOutage | undefined; outagesOver?: readonly string[] | undefined },
): void {
  if (!outage && !outagesOver) return;
  const open = Object.entries(room.outages ?? {}).filter(([node]) => !outagesOver?.includes(node));
  if (outage) {
    const { node, sinceMs, why, awaitsAnswer, cutOff = [] } = outage;
    open.push([node, { sinceMs, why, ...(awaitsAnswer && { awaitsAnswer }), cutOff: [...cutOff] }]);
  }
  if (open.length === 0) delete room.outages;
  else room.outages = Object.fromEntries(open.slice(-LIMITS.maxOpenOutages));
}

/** A turn that started on `node` was cut off by an outage there. */
export function noteCutOff(room: Room, { node, agent }: { node: string; agent: string }): void {
  const outage = room.outages?.[node];
  if (!outage || outage.cutOff.includes(agent) || outage.cutOff.length >= LIMITS.maxCutOffNames) return;
  room.outages = { ...room.outages, [node]: { ...outage, cutOff: [...outage.cutOff, agent] } };
}
