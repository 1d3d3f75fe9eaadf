import type { Activity, WorkActivity } from "../../core/room/activity.js";

/** Publishes work in progress to the watchers of a room. */
export interface ActivityHub {
  /** `gated`: only deciders may see it. Late watchers get no text from before the agent's gate was lifted. */
  publish(roomId: string, activity: Activity, options?: { gated: boolean }): void;
  /** One snapshot per working agent of the room. */
  current(roomId: string): WorkActivity[];
  /** True if the agent's current activity was published as gated. */
  isGated(roomId: string, agent: string): boolean;
  subscribe(roomId: string, listener: (activity: Activity) => void): () => void;
}

/** Maximum text of a turn kept for late watchers, in characters; the oldest is dropped first. */
const maxTextChars = 64 * 1_024;

interface Working {
  turnId: string;
  text: string;
  /** Variant for watchers who may not see held text. */
  openText: string;
  gated: boolean;
  tool?: { name: string; summary: string; held?: true };
}

interface RoomActivity {
  working: Map<string, Working>;
  listeners: Set<(activity: Activity) => void>;
}

/** A hub in this process’ memory; nothing in it is stored. */
export function createActivityHub(): ActivityHub {
  const rooms = new Map<string, RoomActivity>();

  function roomOf(roomId: string): RoomActivity {
    const known = rooms.get(roomId);
    if (known) return known;
    const fresh: RoomActivity = { working: new Map(), listeners: new Set() };
    rooms.set(roomId, fresh);
    return fresh;
  }

  function forgetIfIdle(roomId: string, { working, listeners }: RoomActivity): void {
    if (working.size === 0 && listeners.size === 0) rooms.delete(roomId);
  }

  return {
    publish(roomId, activity, { gated } = { gated: false }) {
      const room = roomOf(roomId);
      if (activity.type !== "activity.deciding") recordActivity(room.working, activity, gated);
      for (const tell of room.listeners) tell(activity);
      if (activity.type === "activity.ended" || activity.type === "activity.deciding") forgetIfIdle(roomId, room);
    },
    current(roomId) {
      const working = rooms.get(roomId)?.working ?? new Map<string, Working>();
      return Array.from(working, ([agent, { turnId, text, openText, tool }]) => ({
        type: "activity.snapshot" as const,
        agent,
        turnId,
        text,
        ...(openText !== text && { openText }),
        ...(tool && { tool }),
      }));
    },
    isGated: (roomId, agent) => rooms.get(roomId)?.working.get(agent)?.gated ?? false,
    subscribe(roomId, listener) {
      const room = roomOf(roomId);
      room.listeners.add(listener);
      return () => {
        room.listeners.delete(listener);
        forgetIfIdle(roomId, room);
      };
    },
  };
}

function recordActivity(working: Map<string, Working>, activity: WorkActivity, gated: boolean): void {
  const { agent, turnId } = activity;
  const known = working.get(agent);
  const goesOn = known?.turnId === turnId && known.gated === gated;
  const current: Working = goesOn ? known : { turnId, text: "", openText: "", gated };
  if (activity.type === "activity.ended") {
    if (known?.turnId === turnId) working.delete(agent);
    return;
  }
  if (activity.type === "activity.snapshot") {
    const { text, openText = text, tool } = activity;
    working.set(agent, { turnId, text, openText, gated, ...(tool && { tool }) });
    return;
  }
  if (activity.type === "activity.text") {
    current.text = (current.text + activity.text).slice(-maxTextChars);
    current.openText = (current.openText + (activity.openText ?? activity.text)).slice(-maxTextChars);
  } else if (activity.phase === "started") {
    const { name, summary, held } = activity;
    current.tool = { name, summary, ...(held && { held }) };
  } else delete current.tool;
  working.set(agent, current);
}
