import type { Activity } from "../../core/room/activity.js";
import type { Broadcast } from "../../ports/broadcast.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { RoomService } from "../rooms/service.js";
import type { ActivityHub } from "./activity.js";

/** Shares agents' activity across the fleet, so that watchers at any process see it. */
export interface SharedActivity {
  activity: ActivityHub;
  /** Removes the activity of a node that has gone. */
  nodeGone(node: string): void;
  stop(): void;
}

/** One activity of an agent; `gated`: for deciders only. */
interface ActivityEntry {
  activity: Activity;
  gated: boolean;
}

/**
 * Pub/sub messages between processes about one room. `asks`: a new watcher wants all activity so far. `version`: room version of the sender;
 * a receiver with an older room in memory may not know that the agent is gated.
 */
type ActivityMessage = { from: string } & ({ kind: "asks" } | { kind: "does"; version: number; done: ActivityEntry[] });

/** Deltas of a room are gathered for this long before they are published. */
const gatherMs = 40;

/**
 * Each process publishes its own agents' activity by room and subscribes to a room while it has watchers. Foreign activity is shown, dropped
 * with the last watcher and never relayed.
 */
export function createSharedActivity(options: {
  hub: ActivityHub;
  /** Absent for a single process. */
  broadcast?: Broadcast;
  rooms: () => Pick<RoomService, "peek">;
  clock: Clock;
  logger: Logger;
  node: string;
}): SharedActivity {
  const { hub, broadcast } = options;
  if (!broadcast) return { activity: hub, nodeGone: () => {}, stop: () => {} };
  return shareOver(broadcast, options);
}

interface Watched {
  listeners: number;
  stopHearing: () => void;
  /** Serialises received messages. */
  showing: Promise<void>;
  /** Shown turns of other nodes: agent and turn, by node. */
  foreign: Map<string, { node: string; turnId: string }>;
}

function shareOver(
  broadcast: Broadcast,
  {
    hub,
    rooms,
    clock,
    logger,
    node,
  }: { hub: ActivityHub; rooms: () => Pick<RoomService, "peek">; clock: Clock; logger: Logger; node: string },
): SharedActivity {
  const watched = new Map<string, Watched>();
  const own = new Map<string, Map<string, string>>();
  const gathered = new Map<string, ActivityEntry[]>();
  const stopAnswering = new Map<string, () => void>();

  function queueActivity(roomId: string, done: ActivityEntry): void {
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
    sayDone(roomId, done);
  }

  function sayDone(roomId: string, done: ActivityEntry[]): void {
    if (done.length === 0) return;
    rooms()
      .peek(roomId, ({ version }) => broadcast.publish(topicOf(roomId), { from: node, kind: "does", version, done }))
      .catch((error: unknown) => logger.debug({ roomId, error }, "what an agent does is not shown elsewhere"));
  }

  function requestActivity(roomId: string): void {
    broadcast.publish(topicOf(roomId), { from: node, kind: "asks" });
  }

  /** While agents of this node work in a room, answers requests for their activity so far. */
  function noteOwn(roomId: string, { type, agent, turnId }: Activity): void {
    const turns = own.get(roomId) ?? new Map<string, string>();
    if (type !== "activity.ended") turns.set(agent, turnId);
    else if (turns.get(agent) === turnId) turns.delete(agent);
    if (turns.size > 0) own.set(roomId, turns);
    else own.delete(roomId);
    if (turns.size > 0 && !stopAnswering.has(roomId))
      stopAnswering.set(
        roomId,
        broadcast.subscribe(topicOf(roomId), (said) => answer(roomId, said as ActivityMessage)),
      );
    if (turns.size > 0) return;
    stopAnswering.get(roomId)?.();
    stopAnswering.delete(roomId);
  }

  function answer(roomId: string, said: ActivityMessage): void {
    if (said.kind !== "asks" || said.from === node) return;
    const mine = own.get(roomId);
    flush(roomId);
    const current = hub.current(roomId).filter(({ agent }) => mine?.has(agent));
    sayDone(
      roomId,
      current.map((activity) => ({ activity, gated: hub.isGated(roomId, activity.agent) })),
    );
  }

  function hear(roomId: string, said: ActivityMessage): void {
    const room = watched.get(roomId);
    if (!room || said.kind !== "does" || said.from === node) return;
    const { version, done, from } = said;
    room.showing = room.showing
      .then(() => rooms().peek(roomId, (seen) => seen.version >= version, { atLeast: version }))
      .then((isKnown) => {
        if (isKnown && watched.get(roomId) === room) show(roomId, room, { from, done });
      })
      .catch((error: unknown) => logger.debug({ roomId, error }, "what an agent does elsewhere is not shown"));
  }

  function show(roomId: string, room: Watched, { from, done }: { from: string; done: ActivityEntry[] }): void {
    for (const { activity, gated } of done) {
      const { agent, turnId, type } = activity;
      if (type === "activity.ended") room.foreign.delete(agent);
      else room.foreign.set(agent, { node: from, turnId });
      hub.publish(roomId, activity, { gated });
    }
  }

  function watch(roomId: string): Watched {
    const known = watched.get(roomId);
    if (known) return known;
    const fresh: Watched = {
      listeners: 0,
      foreign: new Map(),
      showing: Promise.resolve(),
      stopHearing: broadcast.subscribe(topicOf(roomId), (said) => hear(roomId, said as ActivityMessage)),
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
    for (const [agent, { turnId }] of room.foreign) hub.publish(roomId, { type: "activity.ended", agent, turnId });
  }

  const activity: ActivityHub = {
    publish(roomId, what, { gated } = { gated: false }) {
      hub.publish(roomId, what, { gated });
      noteOwn(roomId, what);
      queueActivity(roomId, { activity: what, gated });
    },
    current: hub.current,
    isGated: hub.isGated,
    subscribe(roomId, listener) {
      const stop = hub.subscribe(roomId, listener);
      const room = watch(roomId);
      room.listeners += 1;
      let isOver = false;
      return () => {
        stop();
        if (!isOver) unwatch(roomId, room);
        isOver = true;
      };
    },
  };

  return {
    activity,
    nodeGone(gone) {
      for (const [roomId, { foreign }] of watched) {
        for (const [agent, { node: at, turnId }] of foreign) {
          if (at !== gone) continue;
          foreign.delete(agent);
          hub.publish(roomId, { type: "activity.ended", agent, turnId });
        }
      }
    },
    stop() {
      for (const end of stopAnswering.values()) end();
      for (const { stopHearing } of watched.values()) stopHearing();
    },
  };
}

const askAgainMs = 300;

function topicOf(roomId: string): string {
  return `activity/${roomId}`;
}

/** Merges consecutive deltas of one turn. */
function merged(gathered: readonly ActivityEntry[]): ActivityEntry[] {
  const result: ActivityEntry[] = [];
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
