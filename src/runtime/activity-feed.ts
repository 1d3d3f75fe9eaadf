import type { Activity } from "../core/activity.js";
import type { PersonRole } from "../core/event.js";
import type { Room } from "../core/room.js";
import { activityFor, audienceOf, mayWatchWork } from "../core/view.js";
import type { ActivityHub } from "./activity.js";
import type { RoomService } from "./room-service.js";
import type { ViewerStream } from "./viewer-stream.js";

/** Somebody who watches agents work. */
export interface Watcher {
  readonly stream: ViewerStream;
  role: PersonRole;
}

/** Shows one room's work in progress to its watchers, each only what their role may see in the room as it is at that moment. */
export interface ActivityFeed {
  /** First everything of the turns under way, then what comes. */
  add(watcher: Watcher): Promise<void>;
  remove(watcher: Watcher): void;
  stop(): void;
}

export function createActivityFeed(options: {
  roomId: string;
  rooms: RoomService;
  activity: ActivityHub;
  onBroken: (error: unknown) => void;
}): ActivityFeed {
  const { roomId, rooms, activity } = options;
  const watchers = new Set<Watcher>();
  let gathered: Activity[] = [];
  let scheduled = false;

  const unsubscribe = activity.subscribe(roomId, (shown) => {
    if (watchers.size === 0) return;
    gathered.push(shown);
    if (scheduled) return;
    scheduled = true;
    rooms.peek(roomId, show).catch(options.onBroken);
  });

  function show(room: Room): void {
    scheduled = false;
    const batch = gathered;
    gathered = [];
    const byRole = new Map<PersonRole, Uint8Array | undefined>();
    for (const { stream, role } of watchers) {
      if (!byRole.has(role)) byRole.set(role, encode(shownTo(room, role, batch)));
      const bytes = byRole.get(role);
      if (bytes) stream.write(bytes);
    }
  }

  return {
    async add(watcher) {
      await rooms.peek(roomId, (room) => {
        show(room);
        if (watcher.stream.ended) return;
        const soFar = encode(shownTo(room, watcher.role, activity.current(roomId)));
        if (soFar) watcher.stream.write(soFar);
        watchers.add(watcher);
      });
    },
    remove: (watcher) => watchers.delete(watcher),
    stop: unsubscribe,
  };
}

function shownTo(room: Room, role: PersonRole, batch: readonly Activity[]): Activity[] {
  const audience = audienceOf(room, role);
  return batch.flatMap((activity) =>
    mayWatchWork(room, activity.agent, role) ? (activityFor(activity, audience) ?? []) : [],
  );
}

function encode(shown: readonly Activity[]): Uint8Array | undefined {
  if (shown.length === 0) return undefined;
  return Buffer.from(shown.map((activity) => `data: ${JSON.stringify(activity)}\n\n`).join(""));
}
