import { setTimeout as pause } from "node:timers/promises";
import { call } from "../support/parley-client.js";
import type { FaultFleet } from "./fault-fleet.js";
import type { Load } from "./load.js";

interface RoomSeen {
  version: number;
  participants: { name: string; kind: string; status: string; unread?: number; home?: string }[];
  gates: unknown[];
}

/** Until every process shows that nobody works, nothing waits and every gate is decided. Undefined; or what is still open. */
export async function settle(
  fleet: FaultFleet,
  load: Pick<Load, "rooms" | "decideAll">,
  withinMs: number,
): Promise<string | undefined> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    await load.decideAll();
    const open = await whatIsOpen(fleet, load);
    if (open.length === 0) return undefined;
    if (performance.now() > giveUpAt) return open.join("; ");
    await pause(100);
  }
}

async function whatIsOpen(fleet: FaultFleet, load: Pick<Load, "rooms">): Promise<string[]> {
  const looks = fleet.ups.flatMap(({ name, process }) =>
    load.rooms.map(async ({ roomId, token }) => {
      const seen = await call<RoomSeen>(`${process.url}/api/rooms/${roomId}`, { token }).catch(() => undefined);
      if (seen?.status !== 200) return `${name} answers ${seen?.status ?? "nothing"}`;
      const { participants, gates, version } = seen.body;
      const busy = participants
        .filter(({ kind, status, unread }) => kind !== "human" && (status !== "idle" || unread !== 0))
        .map((one) => `${one.name}@${one.home} ${one.status} unread ${one.unread}`);
      if (gates.length > 0) busy.push(`${gates.length} gates`);
      return busy.length === 0 ? "" : `${name} ${roomId} v${version}: ${busy.join(", ")}`;
    }),
  );
  return (await Promise.all(looks)).filter((text) => text !== "");
}
