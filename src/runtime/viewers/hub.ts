import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Logger } from "../../ports/logger.js";
import type { ActivityHub } from "../presence/activity.js";
import type { ServeCommit } from "../rooms/served-commit.js";
import type { RoomService } from "../rooms/service.js";
import { type ActivityFeed, createActivityFeed } from "./activity-feed.js";
import { createStreamFeed, type StreamFeed } from "./stream-feed.js";
import type { Member } from "./viewer.js";

/** Viewers of one room on this node and their shared tails. */
export interface RoomHub {
  /** Version reached by the room's feed; 0 before it starts. */
  readonly version: number;
  /** Returns the shared tail of a stream, starting it if needed. */
  feed(stream: string, options: { serve: ServeCommit; start: { version: number; commitId: string } }): StreamFeed;
  add(member: Member): void;
  remove(member: Member): void;
  /** Adds a member that has everything up to `sentVersion`. */
  goLive(member: Member, sentVersion: number): void;
  size(): number;
  endAll(): void;
}

const heartbeatMs = 15_000;
const heartbeat = Buffer.from(": heartbeat\n\n");

/** All viewers of one room, with the feeds they share. */
export function createRoomHub(options: {
  roomId: string;
  eventLog: EventLog;
  rooms: RoomService;
  activity: ActivityHub;
  clock: Clock;
  logger: Logger;
  onEmpty: () => void;
}): RoomHub {
  const { roomId, eventLog, rooms, clock, logger } = options;
  const members = new Set<Member>();
  const feeds = new Map<string, StreamFeed>();
  let work: ActivityFeed | undefined;
  let cancelBeat = clock.after(heartbeatMs, beat);

  function beat(): void {
    cancelBeat = clock.after(heartbeatMs, beat);
    for (const member of [...members]) {
      const { untilMs = Number.POSITIVE_INFINITY } = member.request;
      if (untilMs <= clock.nowMs()) member.stream.end();
      else if (member.feed?.live.has(member)) member.stream.write(heartbeat);
    }
  }

  function feed(
    stream: string,
    { serve, start }: { serve: ServeCommit; start: { version: number; commitId: string } },
  ): StreamFeed {
    const known = feeds.get(stream);
    if (known) return known;
    const fresh = createStreamFeed({ eventLog, stream, serve, start, onStandingChanged, onBroken });
    feeds.set(stream, fresh);
    return fresh;
  }

  /** Applies changed rights to all members and removes those without access. */
  async function onStandingChanged(version: number): Promise<void> {
    const asked = [...members];
    const standings = await rooms.read(roomId, (room) => asked.map(({ request }) => request.standing(room)), {
      atLeast: version,
    });
    for (const [index, member] of asked.entries()) {
      const standing = standings?.[index];
      if (standing) Object.assign(member, standing);
      else member.stream.end();
    }
  }

  function onBroken(error: unknown): void {
    logger.warn({ roomId, error }, "viewers of this room could not be served; they connect again and go on");
    endAll();
  }

  function goLive(member: Member, sentVersion: number): void {
    if (member.stream.ended) return;
    member.sentVersion = sentVersion;
    member.feed?.live.add(member);
    if (!member.request.activity) return;
    work ??= createActivityFeed({ roomId, rooms, activity: options.activity, onBroken });
    work.add(member).catch(onBroken);
  }

  function remove(member: Member): void {
    if (!members.delete(member)) return;
    member.feed?.live.delete(member);
    work?.remove(member);
    if (members.size === 0) {
      stop();
      return;
    }
    const journal = `agent/${roomId}/${member.request.agent ?? ""}`;
    if (member.request.agent === undefined || [...members].some(({ feed: used }) => used === member.feed)) return;
    feeds.get(journal)?.stop();
    feeds.delete(journal);
  }

  function stop(): void {
    cancelBeat();
    work?.stop();
    for (const running of feeds.values()) running.stop();
    feeds.clear();
    options.onEmpty();
  }

  function endAll(): void {
    for (const member of [...members]) member.stream.end();
  }

  return {
    get version() {
      return feeds.get(`room/${roomId}`)?.version ?? 0;
    },
    feed,
    add: (member) => members.add(member),
    remove,
    goLive,
    size: () => members.size,
    endAll,
  };
}
