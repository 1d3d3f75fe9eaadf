import type { Room } from "../../../core/room/room.js";
import type { Clock } from "../../../ports/clock.js";
import type { ActivityHub } from "../../presence/activity.js";
import type { RoomService } from "../../rooms/service.js";
import { assertHeld, type ChatFleet, isOnlineIn } from "./lease.js";
import { rootCard, workingLine } from "./live-cards.js";
import { channelOf, type LiveMirror, threadOf } from "./live-mirror.js";
import type { Poster, PostToMake, Step } from "./poster.js";
import type { MirrorRegistry } from "./registry.js";

export interface LiveLinesOptions {
  rooms: RoomService;
  activity: ActivityHub;
  clock: Clock;
  registry: MirrorRegistry;
  poster: Poster;
  /** Address of a room in the browser. */
  urlOf: (roomId: string) => string;
  fleet?: ChatFleet;
}

/** What a thread says of how things are: its root card and its working line, edited in place. */
export interface LiveLines {
  refreshRoot(mirror: LiveMirror): Promise<Step>;
  refreshWorking(mirror: LiveMirror): Promise<Step>;
  workingPost(mirror: LiveMirror): Promise<PostToMake>;
  /** The list of rooms, then the room, learn where the thread is. */
  announce(mirror: LiveMirror, thread: string): Promise<void>;
}

const rootEditEveryMs = 10_000;
const workingEditEveryMs = 5_000;
/** A turn shorter than this is not worth a line. */
const workingAfterMs = 1_500;
const workingTickMs = 10_000;

export function createLiveLines(options: LiveLinesOptions): LiveLines {
  const { rooms, clock, poster, registry, activity, fleet } = options;
  const cardOf = (room: Room) => rootCard(room, options.urlOf(room.roomId), isOnlineIn(room, fleet));
  const lineOf = (room: Room) =>
    workingLine(room, { activity, nowMs: clock.nowMs(), isOnline: isOnlineIn(room, fleet) });

  /** The list of rooms knows the thread before the room does. */
  async function announce({ registered }: LiveMirror, thread: string): Promise<void> {
    const { mirrorId, roomId, platform, channel } = registered;
    const { atMs: _atMs, ...known } = registered;
    await registry.register({ ...known, thread });
    registered.thread = thread;
    await rooms.execute(roomId, {
      type: "mirror.bind",
      by: { kind: "system" },
      mirrorId,
      platform,
      channel,
      thread,
    });
  }

  async function refreshRoot(mirror: LiveMirror): Promise<Step> {
    const { registered, ledger, chat } = mirror;
    const thread = threadOf(mirror);
    const { root } = ledger.state;
    if (!root || !thread) return Number.POSITIVE_INFINITY;
    if (registered.thread === undefined) await announce(mirror, thread.thread);
    const card = await rooms.peek(registered.roomId, (room) => cardOf(room));
    const shown = JSON.stringify(card);
    if (shown === mirror.rootShown) return Number.POSITIVE_INFINITY;
    const waitMs = await editWait(mirror, mirror.rootEditedAtMs + rootEditEveryMs);
    if (waitMs > 0) return waitMs;
    mirror.rootEditedAtMs = clock.monotonicMs();
    assertHeld(mirror);
    try {
      await chat.edit(thread, root, { kind: "root", card });
    } catch (error) {
      const step = await poster.editFailed(mirror, thread, error);
      if (step !== "progress") return step;
    }
    mirror.rootShown = shown;
    return "progress";
  }

  /** Until a live line may be edited: its own pace, the platform's, and not while the mirror is parked. */
  async function editWait(mirror: LiveMirror, notBeforeMs: number): Promise<number> {
    const waitMs = Math.max(notBeforeMs, mirror.notBeforeMs) - clock.monotonicMs();
    if (waitMs > 0) return waitMs;
    return mirror.pacing.edit(threadOf(mirror) ?? channelOf(mirror), "live");
  }

  async function workingPost(mirror: LiveMirror): Promise<PostToMake> {
    const { roomId } = mirror.registered;
    const text = await rooms.peek(roomId, (room) => lineOf(room));
    const target = threadOf(mirror) ?? channelOf(mirror);
    mirror.workingShown = text;
    mirror.workingEditedAtMs = clock.monotonicMs();
    return { key: workingKey(mirror), target, slot: "working", post: { kind: "working", text: text || "…" } };
  }

  /** Only a mirror that has shown everything says who works on what. */
  async function refreshWorking(mirror: LiveMirror): Promise<Step> {
    const { registered, ledger } = mirror;
    const { working, pending } = ledger.state;
    const seen = await rooms.peek(registered.roomId, (room) => ({
      text: lineOf(room),
      sinceMs: workingSince(room),
    }));
    if (seen.text === "") return working ? editWorking(mirror, working, "") : Number.POSITIVE_INFINITY;
    if (pending || (await mirror.source.peek())) return Number.POSITIVE_INFINITY;
    if (!working) {
      const youngMs = workingAfterMs - (clock.nowMs() - seen.sinceMs);
      return youngMs > 0 ? youngMs : poster.post(mirror, await workingPost(mirror));
    }
    if (seen.text === mirror.workingShown) return workingTickMs;
    return editWorking(mirror, working, seen.text);
  }

  async function editWorking(mirror: LiveMirror, ids: readonly string[], text: string): Promise<Step> {
    const thread = threadOf(mirror);
    if (!thread) return Number.POSITIVE_INFINITY;
    const waitMs = await editWait(mirror, text === "" ? 0 : mirror.workingEditedAtMs + workingEditEveryMs);
    if (waitMs > 0) return waitMs;
    mirror.workingEditedAtMs = clock.monotonicMs();
    assertHeld(mirror);
    try {
      await mirror.chat.edit(thread, ids, text === "" ? "removed" : { kind: "working", text });
    } catch (error) {
      const step = await poster.editFailed(mirror, thread, error);
      if (step !== "progress") return step;
    }
    mirror.workingShown = text;
    if (text === "") await mirror.ledger.append(() => [{ type: "working.removed" }]);
    return text === "" ? "progress" : workingTickMs;
  }

  return { refreshRoot, refreshWorking, workingPost, announce };
}

export function workingKey({ registered, ledger }: LiveMirror): string {
  return `${registered.roomId}/working/${registered.mirrorId}/${ledger.state.workingCount}`;
}

function workingSince(room: Room): number {
  const starts = room.agents.flatMap((name) => {
    const agent = room.participants.get(name);
    return agent?.kind === "agent" && agent.turn ? [agent.turn.startedAtMs] : [];
  });
  return Math.min(...starts);
}
