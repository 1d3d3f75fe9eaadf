import type { Commit } from "../../core/room/commit.js";
import type { RoomEvent } from "../../core/room/event.js";
import type { Attachment } from "../../core/room/gate-content.js";
import { parseEvent } from "../../core/room/parse-event.js";
import type { Audience } from "../../core/room/view.js";
import type { EventLog } from "../../ports/event-log.js";
import { type CommitReader, createCommitReader, type ServeCommit } from "./served-commit.js";
import type { TurnTaking } from "./turn-taking.js";

/** Bytes of the files that a room's messages name, each counted once. `byPerson`: by who sent it first. */
export interface RoomFileUsage {
  bytes: number;
  byPerson: ReadonlyMap<string, number>;
}

/** Which files a room's messages and gates name. Failures of the log reject with a `PortError`. */
export interface RoomFiles {
  /** The file under this hash, as a message names it that this audience may read; undefined: none does. A file of a held message is for the audience `all` alone. */
  find(roomId: string, sha256: string, audience: Audience): Promise<Attachment | undefined>;
  usage(roomId: string): Promise<RoomFileUsage>;
}

/** One file that is named. `isHeld`: only gates name it so far. `from`: the first sender. */
interface NamedFile {
  attachment: Attachment;
  from: string;
  isHeld: boolean;
}

/** One room as far as its log was read. */
interface ReadRoom {
  reader: CommitReader;
  files: Map<string, NamedFile>;
  bytes: number;
  byPerson: Map<string, number>;
  /** The reading under way; the next begins behind it. */
  reading: Promise<unknown>;
}

const pageSize = 500;
const maxPageChars = 1_024 * 1_024;

/**
 * Reads a room's log once, when a file of it is first asked for, and then what was appended since. `maxRooms`: rooms it remembers, those asked for last; default
 * 200.
 */
export function createRoomFiles(options: {
  eventLog: Pick<EventLog, "read">;
  turns: TurnTaking;
  maxRooms?: number;
}): RoomFiles {
  const { eventLog, turns, maxRooms = 200 } = options;
  const known = new Map<string, ReadRoom>();

  function roomOf(roomId: string): ReadRoom {
    const room = known.get(roomId) ?? unreadRoom();
    known.delete(roomId);
    known.set(roomId, room);
    for (const oldest of known.keys()) {
      if (known.size <= maxRooms) break;
      known.delete(oldest);
    }
    return room;
  }

  async function readOn(roomId: string, room: ReadRoom): Promise<void> {
    for (;;) {
      await turns.next();
      const { version } = room.reader;
      const bounds = { after: version, limit: pageSize, maxChars: maxPageChars };
      const entries = await eventLog.read(`room/${roomId}`, bounds);
      for (const entry of entries)
        if (room.reader.next(entry) && entry.kind === "commit") addFiles(room, filesIn(entry.commit));
      if (room.reader.version === version) return;
    }
  }

  async function upToDate(roomId: string): Promise<ReadRoom> {
    const room = roomOf(roomId);
    const reading = room.reading.then(() => readOn(roomId, room));
    room.reading = reading.catch(() => undefined);
    await reading;
    return room;
  }

  return {
    async find(roomId, sha256, audience) {
      const file = (await upToDate(roomId)).files.get(sha256);
      return file && (audience === "all" || !file.isHeld) ? file.attachment : undefined;
    },
    async usage(roomId) {
      const { bytes, byPerson } = await upToDate(roomId);
      return { bytes, byPerson };
    },
  };
}

const serveNothing: ServeCommit = () => ({ changesStanding: false, events: () => [] });

function unreadRoom(): ReadRoom {
  return {
    reader: createCommitReader(serveNothing, { version: 0 }),
    files: new Map(),
    bytes: 0,
    byPerson: new Map(),
    reading: Promise.resolve(),
  };
}

function addFiles(room: ReadRoom, files: readonly NamedFile[]): void {
  for (const file of files) {
    const { sha256, bytes } = file.attachment;
    const before = room.files.get(sha256);
    // A message that names it says how it is called; a gate only until then.
    if (!before || (before.isHeld && !file.isHeld))
      room.files.set(sha256, { ...file, from: before?.from ?? file.from });
    if (before) continue;
    room.bytes += bytes;
    room.byPerson.set(file.from, (room.byPerson.get(file.from) ?? 0) + bytes);
  }
}

/** Most events name no file: only those that may are parsed. */
function filesIn({ events }: Commit): NamedFile[] {
  return events.flatMap((stored) => {
    if (!("attachments" in stored) && !("content" in stored)) return [];
    const parsed = parseEvent(stored);
    return parsed.kind === "known" ? filesOf(parsed.event) : [];
  });
}

function filesOf(event: RoomEvent): NamedFile[] {
  if (event.type === "message.posted")
    return (event.attachments ?? []).map((attachment) => ({ attachment, from: event.from, isHeld: false }));
  if (event.type !== "gate.opened") return [];
  return (event.content?.attachments ?? []).map((attachment) => ({ attachment, from: event.from, isHeld: true }));
}
