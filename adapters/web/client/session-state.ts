import type { RoomFrame } from "../../../src/protocol/events.js";
import type { MessagePage } from "../../../src/protocol/messages.js";
import type { RoomView } from "../../../src/protocol/rooms.js";
import { applyFrame } from "./room-events.js";
import { addOlder, applyPresence, firstAfter, openRoom, type RoomState } from "./room-state.js";
import type { Connection } from "./stream.js";

/** Everything that changes while one room is open in the page. A closed session no longer changes. */
export interface RoomSessionState {
  /** The name the page reads and writes as. */
  me: string;
  /** The page's new name after its browser's cookie became another person's. */
  becameName: string | undefined;
  /** The room as it is shown; undefined until it was read once. */
  room: RoomState | undefined;
  connection: Connection;
  /** Frames that were received and are not shown yet, in order. */
  frames: readonly RoomFrame[];
  /** How many looks in a row found the room ahead of the stream. */
  looksBehind: number;
  isReadingGates: boolean;
  isLoadingOlder: boolean;
  /** The page is hidden and gave its stream up; when it looked at the room last, in Unix ms. */
  restingSinceMs: number | undefined;
  isClosed: boolean;
}

/** The stream is behind, not merely late, when this many looks in a row found the room ahead of it. */
const looksBehindOfStale = 2;

/** A session before its room was read. */
export function beginSession(me: string): RoomSessionState {
  return {
    me,
    becameName: undefined,
    room: undefined,
    connection: { state: "connecting" },
    frames: [],
    looksBehind: 0,
    isReadingGates: false,
    isLoadingOlder: false,
    restingSinceMs: undefined,
    isClosed: false,
  };
}

/** Changes the room as it is shown; nothing before the room was read. */
export function changeRoom(session: RoomSessionState, change: (known: RoomState) => RoomState): RoomSessionState {
  return session.room ? { ...session, room: change(session.room) } : session;
}

/** Replaces the room with its current picture and newest messages. The person's unsent messages stay. */
export function showRoom(session: RoomSessionState, view: RoomView, page: MessagePage): RoomSessionState {
  const pending = session.room?.pending ?? [];
  return { ...session, room: { ...openRoom(view, page, session.me), pending } };
}

/** The browser's cookie belongs to another person now: the page continues as that person. */
export function becomePerson(session: RoomSessionState, you: string): RoomSessionState {
  return changeRoom({ ...session, me: you, becameName: you }, (known) => ({ ...known, me: you }));
}

/** The stream reports its connection. */
export function setConnection(session: RoomSessionState, connection: Connection): RoomSessionState {
  return { ...session, connection };
}

/** The room could not be read. The connection counts as lost from the first such failure on, `nowMs` in Unix ms. */
export function loseConnection(
  session: RoomSessionState,
  { isOnline, nowMs }: { isOnline: boolean; nowMs: number },
): RoomSessionState {
  const { connection } = session;
  const sinceMs = "sinceMs" in connection ? connection.sinceMs : nowMs;
  return setConnection(session, { state: isOnline ? "interrupted" : "offline", sinceMs });
}

/** Keeps a frame until the next `showFrames`. */
export function receiveFrame(session: RoomSessionState, frame: RoomFrame): RoomSessionState {
  return { ...session, frames: [...session.frames, frame] };
}

/** Shows all frames received since the last time, as one change. */
export function showFrames(session: RoomSessionState): RoomSessionState {
  const { frames } = session;
  if (frames.length === 0) return session;
  return changeRoom({ ...session, frames: [] }, (known) => frames.reduce(applyFrame, known));
}

/** The gates are being read, because the stream named one that is not shown. */
export function beginGateReading(session: RoomSessionState): RoomSessionState {
  return { ...session, isReadingGates: true };
}

/** The reading of the gates ended; without a `view` it failed, and the next frames start it again. */
export function endGateReading(session: RoomSessionState, view?: RoomView): RoomSessionState {
  const ended = { ...session, isReadingGates: false };
  return view ? changeRoom(ended, (known) => applyPresence(known, view)) : ended;
}

/** Takes in a later picture, and counts whether the stream is behind it. */
export function takePicture(session: RoomSessionState, view: RoomView): RoomSessionState {
  const seen = changeRoom(session, (known) => applyPresence(known, view));
  const isBehind = seen.room !== undefined && view.version > (seen.room.cursor?.version ?? seen.room.baseVersion);
  return { ...seen, looksBehind: isBehind ? seen.looksBehind + 1 : 0 };
}

/** Whether the stream looks open and yet brings nothing: it has to be opened again. */
export function isStale({ looksBehind }: RoomSessionState): boolean {
  return looksBehind >= looksBehindOfStale;
}

/** The stream is opened again, so the looks at the old one no longer count. */
export function forgetLooks(session: RoomSessionState): RoomSessionState {
  return { ...session, looksBehind: 0 };
}

const looksWhileRestingMs = 60_000;

/** The hidden page gives its stream up at `nowMs`, in Unix ms; and notes each look at the room it takes meanwhile. */
export function rest(session: RoomSessionState, nowMs: number): RoomSessionState {
  return { ...session, restingSinceMs: nowMs };
}

/** The page is seen again: it needs its stream. */
export function endRest(session: RoomSessionState): RoomSessionState {
  return session.restingSinceMs === undefined ? session : { ...session, restingSinceMs: undefined, looksBehind: 0 };
}

/** Whether a look at the room is due: always while the page is seen, now and then while it rests, for the count in its title. */
export function mayLook(
  { isClosed, restingSinceMs }: RoomSessionState,
  { isHidden, nowMs }: { isHidden: boolean; nowMs: number },
): boolean {
  if (isClosed) return false;
  if (!isHidden) return true;
  return restingSinceMs !== undefined && nowMs - restingSinceMs >= looksWhileRestingMs;
}

/** Older messages are being read. */
export function beginOlder(session: RoomSessionState): RoomSessionState {
  return { ...session, isLoadingOlder: true };
}

/** The reading of older messages ended; without a `page` it failed. */
export function endOlder(session: RoomSessionState, page?: MessagePage): RoomSessionState {
  const ended = { ...session, isLoadingOlder: false };
  return page ? changeRoom(ended, (known) => addOlder(known, page)) : ended;
}

/** The start of the next page of older messages; undefined without one, and while it is being read. */
export function nextOlder({ room, isLoadingOlder }: RoomSessionState): string | undefined {
  return isLoadingOlder ? undefined : room?.older;
}

/** Whether a message is shown, or may still come with older pages, or is not in the room. */
export function whereIs(
  { room }: RoomSessionState,
  { id, version }: { id: string; version: number },
): "shown" | "older" | "nowhere" {
  if (room?.messageIds.has(id)) return "shown";
  return Number.parseInt(room?.older ?? "0", 10) > version ? "older" : "nowhere";
}

/** The position after which the stream has to continue, as the server takes it: `version`, or `version.index` in a commit. */
export function resumePosition({ room }: RoomSessionState): string {
  if (!room) return "0";
  return room.cursor ? `${room.cursor.version}.${room.cursor.index}` : String(firstAfter(room));
}

/** The page left the room. */
export function closeSession(session: RoomSessionState): RoomSessionState {
  return { ...session, isClosed: true };
}
