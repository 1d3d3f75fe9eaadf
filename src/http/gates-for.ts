import type { EventOf } from "../core/room/event.js";
import { type GateView, gateView } from "../core/room/view.js";
import type { AppDeps } from "./deps.js";
import type { Entrance } from "./entrance.js";

/** The open gates as this person may see them. Their texts are read from the log. */
export async function gatesFor(deps: AppDeps, { roomId, role }: Entrance): Promise<GateView[]> {
  const open = await deps.rooms.read(roomId, (room) => [...room.gates.values()].map(({ gateId }) => gateId));
  const opened = new Map<string, EventOf<"gate.opened">>();
  for (const gateId of open ?? []) {
    const event = await openedGate(deps, roomId, gateId);
    if (event) opened.set(gateId, event);
  }
  const views = await deps.rooms.read(roomId, (room) =>
    [...room.gates.values()].flatMap((gate) => {
      const event = opened.get(gate.gateId);
      return event ? gateView(room, gate, { opened: event, role }) : [];
    }),
  );
  return views ?? [];
}

/** An open gate as the log has it; undefined when it is not open. */
export async function openedGate(
  deps: AppDeps,
  roomId: string,
  gateId: string,
): Promise<EventOf<"gate.opened"> | undefined> {
  const place = await deps.rooms.read(roomId, (room) => {
    const gate = room.gates.get(gateId);
    return gate && { version: gate.version, index: gate.index };
  });
  if (!place) return undefined;
  const event = (await deps.rooms.eventsAt(roomId, place.version))[place.index];
  return event?.type === "gate.opened" && event.gateId === gateId ? event : undefined;
}
