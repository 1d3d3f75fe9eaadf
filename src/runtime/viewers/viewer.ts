import type { PersonRole } from "../../core/room/event.js";
import type { Room } from "../../core/room/room.js";
import type { Audience } from "../../core/room/view.js";
import type { LogPosition } from "../rooms/log-position.js";
import type { LiveViewer, StreamFeed } from "./stream-feed.js";
import type { ViewerEnd } from "./viewer-stream.js";

/** What somebody may see of a room. */
export interface Standing {
  role: PersonRole;
  audience: Audience;
}

export interface ViewRequest {
  roomId: string;
  /** Who watches, for presence; absent for the admin. */
  name?: string;
  /** What they may see in the room as it is; undefined: nothing (any more), and the stream ends. Asked again whenever it may have changed. */
  standing: (room: Room) => Standing | undefined;
  /** What they have already. Absent: they want what comes from now on. */
  position?: LogPosition;
  /** Watch the stored stream of this agent instead of the room's. */
  agent?: string;
  /** Also show what agents are doing. */
  activity?: boolean;
  /** When their token expires, Unix ms. */
  untilMs?: number;
  onEnd?: (end: ViewerEnd) => void;
}

/** A viewer and what it asked for. */
export interface Member extends LiveViewer {
  readonly request: ViewRequest;
  role: PersonRole;
  feed: StreamFeed | undefined;
}
