import type { Activity } from "../../core/room/activity.js";
import {
  type ActivityMessage,
  isCountLogged,
  parseActivityMessage,
  type ShownActivity,
} from "../../core/values/fleet-message.js";
import type { Broadcast } from "../../ports/broadcast.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { RoomService } from "../rooms/service.js";
import type { ActivityHub } from "./activity.js";
import { endsOf, noTurns, type ShownTurns, turnsAfter, turnsWithoutNode } from "./shown-turns.js";

/** Shares agents' activity across the fleet, so that watchers at any process see it. */
export interface SharedActivity {
  activity: ActivityHub;
  /** Removes the activity of a node that has gone. */
  nodeGone(node: string): void;
  stop(): void;
}

/** Deltas of one room are gathered for this long before they are told. */
const gatherMs = 40;

/**
 * Each process publishes its own agents' activity by room and subscribes to a room while it has watchers. Foreign activity is shown, dropped
 * with the last watcher and never relayed.
 */
export function createSharedActivity(options: {
  hub: ActivityHub;
  /** Absent for a single process. */
  broadcast?: Broadcast;
  rooms: Pick<RoomService, "peek">;
  clock: Clock;
  logger: Logger;
  node: string;
}): SharedActivity {
  const { hub, broadcast } = options;
  if (!broadcast) return { activity: hub, nodeGone: () => {}, stop: () => {} };
  return shareOver(broadcast, options);
}

/** Dependencies of the two halves. */
interface Sharing {
  hub: ActivityHub;
  broadcast: Broadcast;
  rooms: Pick<RoomService, "peek">;
  clock: Clock;
  logger: Logger;
  node: string;
  /** Hears what processes say of a room; what cannot be read is passed over and counted in the log. Returns how to stop. */
  listen(roomId: string, listener: (said: ActivityMessage) => void): () => void;
}

function shareOver(
  broadcast: Broadcast,
  { hub, rooms, clock, logger, node }: Omit<Sharing, "broadcast" | "listen">,
): SharedActivity {
  const sharing = { hub, broadcast, rooms, clock, logger, node, listen: readableOnly(broadcast, logger) };
  const own = tellOthers(sharing);
  const foreign = showOthers(sharing);
  const activity: ActivityHub = {
    publish(roomId, what, { gated } = { gated: false }) {
      hub.publish(roomId, what, { gated });
      own.note(roomId, what);
      own.tell(roomId, { activity: what, gated });
    },
    current: hub.current,
    isGated: hub.isGated,
    subscribe(roomId, listener) {
      const stop = hub.subscribe(roomId, listener);
      const unwatch = foreign.watch(roomId);
      return () => {
        stop();
        unwatch();
      };
    },
  };
  return {
    activity,
    nodeGone: foreign.nodeGone,
    stop() {
      own.stop();
      foreign.stop();
    },
  };
}

function readableOnly(broadcast: Broadcast, logger: Logger): Sharing["listen"] {
  let unreadable = 0;
  return (roomId, listener) =>
    broadcast.subscribe(topicOf(roomId), (message) => {
      const said = parseActivityMessage(message);
      if (said) listener(said);
      else if (isCountLogged(++unreadable))
        logger.warn({ roomId, unreadable }, "what a process says its agents do is not readable");
    });
}

/** Tells the other processes what agents of this node do, and answers those that begin to watch. */
function tellOthers({ hub, broadcast, rooms, clock, logger, node, listen }: Sharing) {
  const own = new Map<string, ShownTurns>();
  const gathered = new Map<string, ShownActivity[]>();
  const stopAnswering = new Map<string, () => void>();

  function tell(roomId: string, done: ShownActivity): void {
    const waiting = gathered.get(roomId);
    if (waiting) {
      waiting.push(done);
      return;
    }
    gathered.set(roomId, [done]);
    clock.after(gatherMs, () => flush(roomId));
  }

  function flush(roomId: string): void {
    const done = merged(gathered.get(roomId) ?? []);
    gathered.delete(roomId);
    publishDone(roomId, done);
  }

  function publishDone(roomId: string, done: ShownActivity[]): void {
    if (done.length === 0) return;
    rooms
      .peek(roomId, ({ version }) => broadcast.publish(topicOf(roomId), { from: node, kind: "does", version, done }))
      .catch((error: unknown) => logger.debug({ roomId, error }, "what an agent does is not shown elsewhere"));
  }

  /** While agents of this node work in a room, it answers who asks what they have done so far. */
  function note(roomId: string, activity: Activity): void {
    const turns = turnsAfter(own.get(roomId) ?? noTurns, activity, node);
    if (turns.size > 0) {
      own.set(roomId, turns);
      if (stopAnswering.has(roomId)) return;
      stopAnswering.set(
        roomId,
        listen(roomId, (said) => answer(roomId, said)),
      );
      return;
    }
    own.delete(roomId);
    stopAnswering.get(roomId)?.();
    stopAnswering.delete(roomId);
  }

  function answer(roomId: string, said: ActivityMessage): void {
    if (said.kind !== "asks" || said.from === node) return;
    const mine = own.get(roomId);
    flush(roomId);
    const current = hub.current(roomId).filter(({ agent }) => mine?.has(agent));
    publishDone(
      roomId,
      current.map((activity) => ({ activity, gated: hub.isGated(roomId, activity.agent) })),
    );
  }

  return {
    note,
    tell,
    stop: () => {
      for (const end of stopAnswering.values()) end();
    },
  };
}

/** A room that is watched here. */
interface Watched {
  listeners: number;
  stopHearing: () => void;
  /** Shows received messages in order. */
  showing: Promise<void>;
  /** Turns of other nodes that are shown here. */
  foreign: ShownTurns;
}

/** Shows what agents of other processes do in rooms that are watched here. */
function showOthers({ hub, broadcast, rooms, clock, logger, node, listen }: Sharing) {
  const watched = new Map<string, Watched>();

  function requestActivity(roomId: string): void {
    broadcast.publish(topicOf(roomId), { from: node, kind: "asks" });
  }

  function hear(roomId: string, said: ActivityMessage): void {
    const room = watched.get(roomId);
    if (!room || said.kind !== "does" || said.from === node) return;
    const { version, done, from } = said;
    room.showing = room.showing
      .then(() => rooms.peek(roomId, (seen) => seen.version >= version, { atLeast: version }))
      .then((isKnown) => {
        if (isKnown && watched.get(roomId) === room) show(roomId, room, { from, done });
      })
      .catch((error: unknown) => logger.debug({ roomId, error }, "what an agent does elsewhere is not shown"));
  }

  function show(roomId: string, room: Watched, { from, done }: { from: string; done: ShownActivity[] }): void {
    for (const { activity, gated } of done) {
      room.foreign = turnsAfter(room.foreign, activity, from);
      hub.publish(roomId, activity, { gated });
    }
  }

  function watchedRoom(roomId: string): Watched {
    const known = watched.get(roomId);
    if (known) return known;
    const fresh: Watched = {
      listeners: 0,
      foreign: noTurns,
      showing: Promise.resolve(),
      stopHearing: listen(roomId, (said) => hear(roomId, said)),
    };
    watched.set(roomId, fresh);
    // Request twice, because the subscription may not be active yet.
    requestActivity(roomId);
    clock.after(askAgainMs, () => watched.get(roomId) === fresh && requestActivity(roomId));
    return fresh;
  }

  function unwatch(roomId: string, room: Watched): void {
    room.listeners -= 1;
    if (room.listeners > 0) return;
    room.stopHearing();
    watched.delete(roomId);
    for (const end of endsOf(room.foreign)) hub.publish(roomId, end);
  }

  return {
    /** Returns how to stop watching. Idempotent. */
    watch(roomId: string): () => void {
      const room = watchedRoom(roomId);
      room.listeners += 1;
      let isOver = false;
      return () => {
        if (!isOver) unwatch(roomId, room);
        isOver = true;
      };
    },
    nodeGone(gone: string): void {
      for (const [roomId, room] of watched) {
        const { turns, ended } = turnsWithoutNode(room.foreign, gone);
        room.foreign = turns;
        for (const end of ended) hub.publish(roomId, end);
      }
    },
    stop: () => {
      for (const { stopHearing } of watched.values()) stopHearing();
    },
  };
}

const askAgainMs = 300;

function topicOf(roomId: string): string {
  return `activity/${roomId}`;
}

/** Deltas of one turn that follow each other become one. */
function merged(gathered: readonly ShownActivity[]): ShownActivity[] {
  const result: ShownActivity[] = [];
  for (const done of gathered) {
    const last = result.at(-1);
    const [before, now] = [last?.activity, done.activity];
    const goesOn = before?.type === "activity.text" && now.type === "activity.text" && before.turnId === now.turnId;
    if (goesOn && last?.gated === done.gated) result[result.length - 1] = { ...last, activity: joined(before, now) };
    else result.push(done);
  }
  return result;
}

type Text = Extract<Activity, { type: "activity.text" }>;

function joined(before: Text, now: Text): Text {
  const text = before.text + now.text;
  const openText = (before.openText ?? before.text) + (now.openText ?? now.text);
  return { ...before, text, ...(openText !== text && { openText }) };
}
