import type { SearchIndex } from "../../ports/search-index.js";
import { createExternalDoors, type ExternalDoors } from "../../runtime/external/doors.js";
import { sha256 } from "../../runtime/node/runtime.js";
import type { PeopleOnline } from "../../runtime/presence/people-online.js";
import type { Reachability } from "../../runtime/rooms/picture.js";
import type { RoomService } from "../../runtime/rooms/service.js";
import type { RoomPorts } from "./rooms.js";

/** The doors for agents that run outside Parley, on the rooms as callers from outside reach them. */
export function assembleExternal(
  { eventLog, clock, ids }: RoomPorts,
  {
    rooms,
    people,
    search,
    ...reachability
  }: { rooms: RoomService; people: PeopleOnline; search: SearchIndex } & Omit<Reachability, "isPersonOnline">,
): ExternalDoors {
  return createExternalDoors({
    rooms,
    eventLog,
    search,
    people,
    reachability: { isPersonOnline: people.has, ...reachability },
    clock,
    ids,
    sha256,
  });
}
