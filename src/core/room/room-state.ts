import type { Room } from "./room.js";

/** A room's state as it is shown and served: `halted` is active, but no turn starts until a person decides whether agents continue. */
export type RoomStateKind = "active" | "halted" | "paused" | "closed";

/** State of a room. */
export function roomStateOf({ status, guard }: Pick<Room, "status" | "guard">): RoomStateKind {
  return roomState(status, { isHalted: guard.gateId !== undefined });
}

/** The same for readers that follow events; `isHalted`: a `continue` gate is open. Paused and closed win over halted. */
export function roomState(status: Room["status"], { isHalted }: { isHalted: boolean }): RoomStateKind {
  if (status === "paused" || status === "closed") return status;
  return isHalted ? "halted" : "active";
}
