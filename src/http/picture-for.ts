import { type RoomPicture, roomPicture } from "../runtime/rooms/picture.js";
import type { AppDeps } from "./deps.js";
import type { Entrance } from "./entrance.js";

/** The room as this person may see it; undefined: no such room. */
export function pictureFor(deps: AppDeps, { roomId, role }: Entrance): Promise<RoomPicture | undefined> {
  const { rooms, feeds, whyOffline, diskOf } = deps;
  return roomPicture(rooms, { roomId, role, reachability: { isPersonOnline: feeds.online, whyOffline, diskOf } });
}
