import type { Activity } from "../core/activity.js";
import type { Broadcast } from "../ports/broadcast.js";
import type { Clock } from "../ports/clock.js";
import type { ActivityHub } from "./activity.js";

/** What agents do right now, on whichever process of a fleet, shown to who watches here. */
export interface SharedActivity {
  activity: ActivityHub;
  /** This node is gone: what its agents did is not shown any more. */
  nodeGone(node: string): void;
  stop(): void;
}

/** What processes say to each other of one room. `asks`: somebody began to watch and wants everything so far. */
type Said = { from: string } & ({ kind: "asks" } | { kind: "does"; activities: Activity[] });

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
  clock: Clock;
  node: string;
}): SharedActivity {
  const { hub, broadcast, clock, node } = options;
  if (!broadcast) return { activity: hub, nodeGone: () => {}, stop: () => {} };
  return shareOver(broadcast, { hub, clock, node });
}

interface Watched {
  listeners: number;
  stopHearing: () => void;
  /** Turns of other nodes shown here: agent and turn, by node. */
  foreign: Map<string, { node: string; turnId: string }>;
}

function shareOver(
  broadcast: Broadcast,
  { hub, clock, node }: { hub: ActivityHub; clock: Clock; node: string },
): SharedActivity {
  const watched = new Map<string, Watched>();
  const own = new Map<string, Map<string, string>>();
  const gathered = new Map<string, Activity[]>();
  const stopAnswering = new Map<string, () => void>();

  function tell(roomId: string, activity: Activity): void {
    const waiting = gathered.get(roomId);
    if (waiting) {
      waiting.push(activity);
      return;
    }
    gathered.set(roomId, [activity]);
    clock.after(gatherMs, () => flush(roomId));
  }

  function flush(roomId: string): void {
    const activities = merged(gathered.get(roomId) ?? []);
    gathered.delete(roomId);
    if (activities.length > 0) say(roomId, { kind: "does", activities });
  }

  function say(roomId: string, what: { kind: "asks" } | { kind: "does"; activities: Activity[] }): void {
    broadcast.publish(topicOf(roomId), { from: node, ...what });
  }

  /** While agents of this node work in a room, it answers who asks what they have done so far. */
  function noteOwn(roomId: string, { type, agent, turnId }: Activity): void {
    const turns = own.get(roomId) ?? new Map<string, string>();
    if (type !== "activity.ended") turns.set(agent, turnId);
    else if (turns.get(agent) === turnId) turns.delete(agent);
    if (turns.size > 0) own.set(roomId, turns);
    else own.delete(roomId);
    if (turns.size > 0 && !stopAnswering.has(roomId))
      stopAnswering.set(
        roomId,
        broadcast.subscribe(topicOf(roomId), (said) => answer(roomId, said as Said)),
      );
    if (turns.size > 0) return;
    stopAnswering.get(roomId)?.();
    stopAnswering.delete(roomId);
  }

  function answer(roomId: string, said: Said): void {
    if (said.kind !== "asks" || said.from === node) return;
    const mine = own.get(roomId);
    flush(roomId);
    const activities = hub.current(roomId).filter(({ agent }) => mine?.has(agent));
    if (activities.length > 0) say(roomId, { kind: "does", activities });
  }

  function hear(roomId: string, said: Said): void {
    const room = watched.get(roomId);
    if (!room || said.kind !== "does" || said.from === node) return;
    for (const activity of said.activities) {
      const { agent, turnId, type } = activity;
      if (type === "activity.ended") room.foreign.delete(agent);
      else room.foreign.set(agent, { node: said.from, turnId });
      hub.publish(roomId, activity);
    }
  }

  function watch(roomId: string): Watched {
    const known = watched.get(roomId);
    if (known) return known;
    const fresh: Watched = {
      listeners: 0,
      foreign: new Map(),
      stopHearing: broadcast.subscribe(topicOf(roomId), (said) => hear(roomId, said as Said)),
    };
    watched.set(roomId, fresh);
    // Asked twice: the carrier may not be listening yet.
    say(roomId, { kind: "asks" });
    clock.after(askAgainMs, () => watched.get(roomId) === fresh && say(roomId, { kind: "asks" }));
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
    publish(roomId, what) {
      hub.publish(roomId, what);
      noteOwn(roomId, what);
      tell(roomId, what);
    },
    current: hub.current,
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

/** Deltas of one turn that follow each other become one. */
function merged(activities: readonly Activity[]): Activity[] {
  const result: Activity[] = [];
  for (const activity of activities) {
    const last = result.at(-1);
    const goesOn =
      last?.type === "activity.text" && activity.type === "activity.text" && last.turnId === activity.turnId;
    if (goesOn) result[result.length - 1] = { ...last, text: last.text + activity.text };
    else result.push(activity);
  }
  return result;
}
