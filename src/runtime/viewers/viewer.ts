import type { PersonRole } from "../../core/room/event.js";
import type { Room } from "../../core/room/room.js";
import type { Audience } from "../../core/room/view.js";
import type { LogPosition } from "../rooms/log-position.js";
import type { LiveViewer, StreamFeed } from "./stream-feed.js";
import type { ViewerEnd } from "./viewer-stream.js";

/** A viewer's rights in a room. */
export interface Standing {
  role: PersonRole;
  audience: Audience;
}

/** The stream a viewer asks for, and from where on. */
export interface ViewRequest {
  roomId: string;
  /** Participant name for presence; absent for the admin. */
  name?: string;
  /** Rights in the current room; undefined ends the stream. Called again whenever they may have changed. */
  standing: (room: Room) => Standing | undefined;
  /** Position the viewer already has. Absent: only new commits. */
  position?: LogPosition;
  /** Watch this agent's stored stream instead of the room's. */
  agent?: string;
  /** Also send agents' live activity. */
  activity?: boolean;
  /** Expiry of the viewer's token, Unix ms. */
  untilMs?: number;
  onEnd?: (end: ViewerEnd) => void;
}

/** A viewer and its request. */
export interface Member extends LiveViewer {
  readonly request: ViewRequest;
  role: PersonRole;
  feed: StreamFeed | undefined;
}
