import type { Writable } from "node:stream";
import { isAfter } from "../../core/room/position.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Logger } from "../../ports/logger.js";
import type { ActivityHub } from "../presence/activity.js";
import { createPeopleOnline, type PeopleOnline } from "../presence/people-online.js";
import { createHistory } from "../rooms/history.js";
import { formatPosition, type LogPosition } from "../rooms/log-position.js";
import { serveJournalCommit, serveRoomCommit } from "../rooms/served-commit.js";
import type { RoomService } from "../rooms/service.js";
import type { TurnTaking } from "../rooms/turn-taking.js";
import { createRoomHub, type RoomHub } from "./hub.js";
import { encodeChunks } from "./stream-feed.js";
import type { Member, Standing, ViewRequest } from "./viewer.js";
import { createViewerStream } from "./viewer-stream.js";

/** SSE viewers of all rooms on this node. */
export interface RoomFeeds {
  /** Writes an SSE response to what `start` gives; false, and nothing is started, where there is nothing they may see. */
  open(request: ViewRequest, start: () => Writable): Promise<boolean>;
  /** True if a person of this name has a stream of the room open at any process. */
  online(roomId: string, name: string): boolean;
  viewers(): number;
  /** Ends every stream. */
  close(): void;
}

/** Reconnect delay sent to browsers. */
const retryMs = 1_000;

/** Parts that streams to viewers are made of. */
export interface RoomFeedsOptions {
  eventLog: EventLog;
  rooms: RoomService;
  activity: ActivityHub;
  clock: Clock;
  logger: Logger;
  /** Shared by everything in this process that reads history. */
  turns: TurnTaking;
  /** Default 256 KiB. */
  maxUnreadBytes?: number | undefined;
  /** Viewers at other processes; absent if this process is the only one. */
  people?: PeopleOnline;
}

/** Creates the feeds that stream rooms and agents to viewers. A viewer with too many unread bytes is cut off and resumes later. */
export function createRoomFeeds(options: RoomFeedsOptions): RoomFeeds {
  const { eventLog, rooms, activity, clock, logger, turns } = options;
  const hubs = new Map<string, RoomHub>();
  const people = options.people ?? createPeopleOnline({ clock, logger, node: "" });

  async function open(request: ViewRequest, start: () => Writable): Promise<boolean> {
    const { roomId, agent, position } = request;
    const journal = agent === undefined ? undefined : `agent/${roomId}/${agent}`;
    const journalHead = journal === undefined ? undefined : await eventLog.head(journal);
    const seen = await readView(request);
    if (!seen) return false;
    const hub = hubOf(roomId);
    const member = createMember(request, { out: start(), standing: seen.standing, hub, people, options });
    const roomFeed = hub.feed(`room/${roomId}`, { serve: serveRoomCommit, start: seen });
    const head = { version: journalHead?.version ?? 0, commitId: journalHead?.id ?? "" };
    const feed = journal === undefined ? roomFeed : hub.feed(journal, { serve: serveJournalCommit, start: head });
    member.feed = feed;
    hub.add(member);
    if (request.name !== undefined) people.came(roomId, request.name);
    const from = position ?? { version: Math.max(feed.version, journal ? 0 : seen.version), index: Infinity };
    member.stream.write(Buffer.from(`retry: ${retryMs}\nid: ${formatPosition(from)}\n\n`));
    follow(member, from, { hub, eventLog, turns }).catch((error: unknown) => {
      logger.warn({ roomId, error }, "a viewer's stream broke; it connects again and goes on where it was");
      member.stream.end();
    });
    return true;
  }

  /** Reads the viewer's rights from a room at least as new as the room's feed, so that no change in between is missed. */
  async function readView({ roomId, standing }: ViewRequest) {
    for (;;) {
      const atLeast = hubs.get(roomId)?.version ?? 0;
      const seen = await rooms.read(
        roomId,
        (room) => ({ standing: standing(room), version: room.version, commitId: room.commitId }),
        { atLeast },
      );
      if (!seen?.standing) return undefined;
      if ((hubs.get(roomId)?.version ?? 0) <= seen.version) return { ...seen, standing: seen.standing };
    }
  }

  function hubOf(roomId: string): RoomHub {
    const known = hubs.get(roomId);
    if (known) return known;
    const hub = createRoomHub({
      roomId,
      eventLog,
      rooms,
      activity,
      clock,
      logger,
      onEmpty: () => hubs.delete(roomId),
    });
    hubs.set(roomId, hub);
    return hub;
  }

  return {
    open,
    online: people.has,
    viewers: () => [...hubs.values()].reduce((sum, hub) => sum + hub.size(), 0),
    close: () => {
      for (const hub of [...hubs.values()]) hub.endAll();
    },
  };
}

function createMember(
  request: ViewRequest,
  {
    out,
    standing,
    hub,
    people,
    options,
  }: { out: Writable; standing: Standing; hub: RoomHub; people: PeopleOnline; options: RoomFeedsOptions },
): Member {
  const stream = createViewerStream(out, {
    ...(options.maxUnreadBytes !== undefined && { maxUnreadBytes: options.maxUnreadBytes }),
    onEnd: (end) => {
      hub.remove(member);
      if (request.name !== undefined) people.went(request.roomId, request.name);
      request.onEnd?.(end);
    },
  });
  const member: Member = { request, stream, ...standing, sentVersion: 0, feed: undefined };
  return member;
}

/** Sends the history page by page as the viewer reads, then joins the live feed. */
async function follow(
  member: Member,
  from: LogPosition,
  { hub, eventLog, turns }: { hub: RoomHub; eventLog: EventLog; turns: TurnTaking },
): Promise<void> {
  const { stream, request, feed } = member;
  if (!feed) return;
  const isWhole = !Number.isFinite(from.index);
  if (isWhole && from.version >= feed.version) return hub.goLive(member, from.version);
  const after = isWhole ? from.version : Math.max(0, from.version - 1);
  const journal = request.agent === undefined ? undefined : `agent/${request.roomId}/${request.agent}`;
  const serve = journal === undefined ? serveRoomCommit : serveJournalCommit;
  const history = createHistory({ eventLog, stream: journal ?? `room/${request.roomId}`, serve, after, turns });
  const isWanted = (version: number, index: number) => isAfter({ version, index }, from);
  let pageSize = maxPageCommits;
  while (await stream.ready()) {
    const page = await history.next(pageSize);
    const chunks = encodeChunks(page.commits, member.audience, isWanted);
    pageSize = nextPageSize(pageSize, chunks);
    for (const chunk of chunks) {
      if (!(await stream.ready())) return;
      stream.write(chunk);
    }
    if (page.atEnd && page.version >= feed.version) return hub.goLive(member, page.version);
  }
}

/** Commits per page: about one millisecond of work, fewer if they are large. */
const maxPageCommits = 100;
const largePageBytes = 128 * 1_024;

function nextPageSize(size: number, chunks: readonly Uint8Array[]): number {
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  return bytes > largePageBytes ? Math.max(2, Math.floor(size / 4)) : Math.min(maxPageCommits, size * 2);
}
