import type { Activity } from "../../core/room/activity.js";
import type { Broadcast } from "../../ports/broadcast.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { RoomService } from "../rooms/service.js";
import type { ActivityHub } from "./activity.js";
import { endsOf, noTurns, type ShownTurns, turnsAfter, turnsWithoutNode } from "./shown-turns.js";

/** What agents do right now, on whichever process of a fleet, shown to who watches here. */
export interface SharedActivity {
  activity: ActivityHub;
  /** This node is gone: what its agents did is not shown any more. */
  nodeGone(node: string): void;
  stop(): void;
}

/** Something an agent does, and whether it is for those alone who decide. */
interface Done {
  activity: Activity;
  gated: boolean;
}

/**
 * What processes say to each other of one room. `asks`: somebody began to watch and wants everything so far. `version`: of the room that
 * it was said in; who has an older one in memory may not know that the agent is gated.
 */
type Said = { from: string } & ({ kind: "asks" } | { kind: "does"; version: number; done: Done[] });

/** Deltas of one room are gathered for this long before they are told. */
const gatherMs = 40;

/**
 * Every process tells what its own agents do, by room; it listens to a room while somebody here watches it. What comes from others is
 * shown and forgotten with the last watcher; nobody tells it on.
 */
export function createSharedActivity(options: {
  hub: ActivityHub;
  /** Absent: one process. */
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

/** What the two halves work with. */
interface Sharing {
  hub: ActivityHub;
  broadcast: Broadcast;
  rooms: Pick<RoomService, "peek">;
  clock: Clock;
  logger: Logger;
  node: string;
}

function shareOver(
  broadcast: Broadcast,
  { hub, rooms, clock, logger, node }: Omit<Sharing, "broadcast">,
): SharedActivity {
  const sharing = { hub, broadcast, rooms, clock, logger, node };
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

/** Tells the other processes what agents of this node do, and answers those that begin to watch. */
function tellOthers({ hub, broadcast, rooms, clock, logger, node }: Sharing) {
  const own = new Map<string, ShownTurns>();
  const gathered = new Map<string, Done[]>();
  const stopAnswering = new Map<string, () => void>();

  function tell(roomId: string, done: Done): void {
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

  function publishDone(roomId: string, done: Done[]): void {
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
        broadcast.subscribe(topicOf(roomId), (said) => answer(roomId, said as Said)),
      );
      return;
    }
    own.delete(roomId);
    stopAnswering.get(roomId)?.();
    stopAnswering.delete(roomId);
  }

  function answer(roomId: string, said: Said): void {
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
  /** What was heard is shown in its order. */
  showing: Promise<void>;
  /** Turns of other nodes that are shown here. */
  foreign: ShownTurns;
}

/** Shows what agents of other processes do in rooms that are watched here. */
function showOthers({ hub, broadcast, rooms, clock, logger, node }: Sharing) {
  const watched = new Map<string, Watched>();

  function ask(roomId: string): void {
    broadcast.publish(topicOf(roomId), { from: node, kind: "asks" });
  }

  function hear(roomId: string, said: Said): void {
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

  function show(roomId: string, room: Watched, { from, done }: { from: string; done: Done[] }): void {
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
      stopHearing: broadcast.subscribe(topicOf(roomId), (said) => hear(roomId, said as Said)),
    };
    watched.set(roomId, fresh);
    // Asked twice: the carrier may not be listening yet.
    ask(roomId);
    clock.after(askAgainMs, () => watched.get(roomId) === fresh && ask(roomId));
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
function merged(gathered: readonly Done[]): Done[] {
  const result: Done[] = [];
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
