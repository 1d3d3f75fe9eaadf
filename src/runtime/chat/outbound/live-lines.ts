import type { Room } from "../../../core/room/room.js";
import type { Clock } from "../../../ports/clock.js";
import type { ActivityHub } from "../../presence/activity.js";
import type { RoomService } from "../../rooms/service.js";
import { assertHeld, type ChatFleet, isOnlineIn } from "./lease.js";
import { rootCard, workingLine } from "./live-cards.js";
import { channelOf, type LiveOutbound, threadOf } from "./live-outbound.js";
import type { PostToMake, Step } from "./post-to-make.js";
import type { Poster } from "./poster.js";
import type { OutboundRegistry } from "./registry.js";
import type { Suspension } from "./suspension.js";

/** Parts that the line of work in progress needs. */
export interface LiveLinesOptions {
  rooms: RoomService;
  activity: ActivityHub;
  clock: Clock;
  registry: OutboundRegistry;
  poster: Poster;
  suspension: Pick<Suspension, "resume">;
  /** URL of a room's page. */
  urlOf: (roomId: string) => string | undefined;
  /** A thread is known from now on. What people wrote in it since `sinceMs` (Unix ms) came too early to be heard. */
  onThread: (outbound: LiveOutbound, sinceMs: number) => void;
  fleet?: ChatFleet;
}

/** The two status posts of a thread, edited in place: the root card and the working line. */
export interface LiveLines {
  refreshRoot(outbound: LiveOutbound): Promise<Step>;
  refreshWorking(outbound: LiveOutbound): Promise<Step>;
  workingPost(outbound: LiveOutbound): Promise<PostToMake>;
  /** Stores the thread's id, first in the list of rooms, then in the room. */
  announce(outbound: LiveOutbound, thread: string): Promise<void>;
}

const rootEditEveryMs = 10_000;
const workingEditEveryMs = 5_000;
/** Minimum duration of a turn before a working line is posted. */
const workingAfterMs = 1_500;
const workingTickMs = 10_000;

/** Keeps one line per thread that says what agents do now, edited at the pace of the platform. */
export function createLiveLines(options: LiveLinesOptions): LiveLines {
  const { rooms, clock, poster, registry, activity, fleet } = options;
  const cardOf = (room: Room) => rootCard(room, options.urlOf(room.roomId), isOnlineIn(room, fleet));
  const lineOf = (room: Room) =>
    workingLine(room, { activity, nowMs: clock.nowMs(), isOnline: isOnlineIn(room, fleet) });

  /** Updates the list of rooms before the room itself. */
  async function announce(outbound: LiveOutbound, thread: string): Promise<void> {
    const { registered } = outbound;
    const { mirrorId, roomId, platform, channel } = registered;
    const { atMs: _atMs, threadAtMs: _threadAtMs, formerChannels: _former, ...known } = registered;
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
    options.onThread(outbound, registered.atMs);
  }

  async function refreshRoot(outbound: LiveOutbound): Promise<Step> {
    const { registered, outbox, chat } = outbound;
    const thread = threadOf(outbound);
    const { root } = outbox.state;
    if (!root || !thread) return Number.POSITIVE_INFINITY;
    if (registered.thread === undefined) await announce(outbound, thread.thread);
    const card = await rooms.peek(registered.roomId, (room) => cardOf(room));
    const shown = JSON.stringify(card);
    if (shown === outbound.rootShown) return Number.POSITIVE_INFINITY;
    const waitMs = await editWait(outbound, outbound.rootEditedAtMs + rootEditEveryMs);
    if (waitMs > 0) return waitMs;
    outbound.rootEditedAtMs = clock.monotonicMs();
    assertHeld(outbound);
    try {
      await chat.edit(thread, root, { kind: "root", card });
      // With nothing left to post this is how a thread shows that it works again.
      if (!outbox.state.pending && !(await outbound.source.peek())) await options.suspension.resume(outbound);
    } catch (error) {
      const step = await poster.editFailed(outbound, thread, error);
      if (step !== "progress") return step;
    }
    outbound.rootShown = shown;
    return "progress";
  }

  /** Milliseconds until a live line may be edited: its own interval, the platform's limits and a suspension all count. */
  async function editWait(outbound: LiveOutbound, notBeforeMs: number): Promise<number> {
    const waitMs = Math.max(notBeforeMs, outbound.attempts.notBeforeMs) - clock.monotonicMs();
    if (waitMs > 0) return waitMs;
    return outbound.pacing.edit(threadOf(outbound) ?? channelOf(outbound), "live");
  }

  async function workingPost(outbound: LiveOutbound): Promise<PostToMake> {
    const { roomId } = outbound.registered;
    const text = await rooms.peek(roomId, (room) => lineOf(room));
    const target = threadOf(outbound) ?? channelOf(outbound);
    outbound.workingShown = text;
    outbound.workingEditedAtMs = clock.monotonicMs();
    return { key: workingKey(outbound), target, slot: "working", post: { kind: "working", text: text || "…" } };
  }

  /** The working line is shown only when no events are left to post. */
  async function refreshWorking(outbound: LiveOutbound): Promise<Step> {
    const { registered, outbox } = outbound;
    const { working, pending } = outbox.state;
    const current = await rooms.peek(registered.roomId, (room) => ({
      text: lineOf(room),
      sinceMs: workingSince(room),
    }));
    if (current.text === "") return working ? editWorking(outbound, working, "") : Number.POSITIVE_INFINITY;
    if (pending || (await outbound.source.peek())) return Number.POSITIVE_INFINITY;
    if (!working) {
      const youngMs = workingAfterMs - (clock.nowMs() - current.sinceMs);
      return youngMs > 0 ? youngMs : poster.post(outbound, await workingPost(outbound));
    }
    if (current.text === outbound.workingShown) return workingTickMs;
    return editWorking(outbound, working, current.text);
  }

  async function editWorking(outbound: LiveOutbound, ids: readonly string[], text: string): Promise<Step> {
    const thread = threadOf(outbound);
    if (!thread) return Number.POSITIVE_INFINITY;
    const waitMs = await editWait(outbound, text === "" ? 0 : outbound.workingEditedAtMs + workingEditEveryMs);
    if (waitMs > 0) return waitMs;
    outbound.workingEditedAtMs = clock.monotonicMs();
    assertHeld(outbound);
    try {
      await outbound.chat.edit(thread, ids, text === "" ? "removed" : { kind: "working", text });
    } catch (error) {
      const step = await poster.editFailed(outbound, thread, error);
      if (step !== "progress") return step;
    }
    outbound.workingShown = text;
    if (text === "") await outbound.outbox.append(() => [{ type: "working.removed" }]);
    return text === "" ? "progress" : workingTickMs;
  }

  return { refreshRoot, refreshWorking, workingPost, announce };
}

/** Key of the post with that line. */
export function workingKey({ registered, outbox }: LiveOutbound): string {
  return `${registered.roomId}/working/${registered.mirrorId}/${outbox.state.workingCount}`;
}

function workingSince(room: Room): number {
  const starts = room.agents.flatMap((name) => {
    const agent = room.participants.get(name);
    return agent?.kind === "agent" && agent.turn ? [agent.turn.startedAtMs] : [];
  });
  return Math.min(...starts);
}
