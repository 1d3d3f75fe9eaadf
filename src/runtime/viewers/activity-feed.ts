import { setTimeout as pause, setImmediate as yieldToOthers } from "node:timers/promises";
import type { Activity } from "../../core/room/activity.js";
import { type PersonRole, personRoles } from "../../core/room/event.js";
import type { Room } from "../../core/room/room.js";
import { activityFor, audienceOf, mayWatchWork } from "../../core/room/view.js";
import type { ActivityHub } from "../presence/activity.js";
import type { RoomService } from "../rooms/service.js";
import { largeAudience, viewersAtOnce } from "./audience.js";
import type { ViewerStream } from "./viewer-stream.js";

/** A watcher of agents' activity. */
export interface Watcher {
  readonly stream: ViewerStream;
  role: PersonRole;
}

/** Shows a room's work in progress to its watchers, filtered by what each role may see at that moment. */
export interface ActivityFeed {
  /** Sends the running turns so far, then everything new. */
  add(watcher: Watcher): Promise<void>;
  remove(watcher: Watcher): void;
  stop(): void;
}

/** Activities of one moment, rendered per role. */
interface Moment {
  number: number;
  bytes: ReadonlyMap<PersonRole, Uint8Array | undefined>;
}

/** Gathering time per watcher of a large audience, in ms. Limits writes to 10,000 a second. */
const waitMsPerWatcher = 0.1;

/** Sends agents' current activity to the viewers of a room. Large audiences get it in batches, at most 10,000 writes a second. */
export function createActivityFeed(options: {
  roomId: string;
  rooms: RoomService;
  activity: ActivityHub;
  onBroken: (error: unknown) => void;
}): ActivityFeed {
  const { roomId, rooms, activity } = options;
  /** Watchers with the number of the last moment each has received. */
  const watchers = new Map<Watcher, number>();
  let gathered: Activity[] = [];
  let isScheduled = false;
  let moments = 0;
  const waiting: Moment[] = [];
  let isServingLargeAudience = false;

  const unsubscribe = activity.subscribe(roomId, (shown) => {
    if (watchers.size === 0) return;
    gathered.push(shown);
    if (isScheduled) return;
    isScheduled = true;
    rooms.peek(roomId, show).catch(options.onBroken);
  });

  /** Renders per role now; the write may come later. */
  function show(room: Room): void {
    isScheduled = false;
    const batch = gathered;
    gathered = [];
    if (batch.length === 0) return;
    moments += 1;
    const bytes = new Map(personRoles.map((role) => [role, encode(shownTo(room, role, batch))]));
    waiting.push({ number: moments, bytes });
    if (isServingLargeAudience) return;
    if (watchers.size < largeAudience) write([...watchers.keys()], waiting.splice(0));
    else serveLargeAudience().catch(options.onBroken);
  }

  /** One write per watcher, yielding to other work in between. */
  async function serveLargeAudience(): Promise<void> {
    isServingLargeAudience = true;
    try {
      while (waiting.length > 0) {
        await pause(watchers.size * waitMsPerWatcher);
        const batch = waiting.splice(0);
        const audience = [...watchers.keys()];
        for (let at = 0; at < audience.length; at += viewersAtOnce) {
          if (at > 0) await yieldToOthers();
          write(audience.slice(at, at + viewersAtOnce), batch);
        }
      }
    } finally {
      isServingLargeAudience = false;
    }
  }

  function write(to: readonly Watcher[], batch: readonly Moment[]): void {
    const shared = new Map<PersonRole, Uint8Array>();
    const first = batch[0]?.number ?? 0;
    for (const watcher of to) {
      const { stream, role } = watcher;
      const seen = watchers.get(watcher);
      // The watcher has left.
      if (seen === undefined) continue;
      const bytes = seen < first ? (shared.get(role) ?? bytesOf(batch, role)) : bytesOf(batch, role, seen);
      if (seen < first) shared.set(role, bytes);
      watchers.set(watcher, batch.at(-1)?.number ?? seen);
      if (bytes.length > 0) stream.write(bytes);
    }
  }

  return {
    async add(watcher) {
      await rooms.peek(roomId, (room) => {
        show(room);
        if (watcher.stream.ended) return;
        const soFar = encode(shownTo(room, watcher.role, activity.current(roomId)));
        if (soFar) watcher.stream.write(soFar);
        watchers.set(watcher, moments);
      });
    },
    remove: (watcher) => watchers.delete(watcher),
    stop: unsubscribe,
  };
}

function shownTo(room: Room, role: PersonRole, batch: readonly Activity[]): Activity[] {
  const audience = audienceOf(room, role);
  return batch.flatMap((activity) => (isFor(activity, { room, role }) ? (activityFor(activity, audience) ?? []) : []));
}

/** Every reader sees that a gate is open, and so that it is being decided. */
function isFor(activity: Activity, { room, role }: { room: Room; role: PersonRole }): boolean {
  return activity.type === "activity.deciding" || mayWatchWork(room, activity.agent, role);
}

function encode(shown: readonly Activity[]): Uint8Array | undefined {
  if (shown.length === 0) return undefined;
  return Buffer.from(shown.map((activity) => `data: ${JSON.stringify(activity)}\n\n`).join(""));
}

/** Frames of the moments after `seen`. */
function bytesOf(batch: readonly Moment[], role: PersonRole, seen = 0): Uint8Array {
  return Buffer.concat(batch.flatMap(({ number, bytes }) => (number > seen ? (bytes.get(role) ?? []) : [])));
}
