import { useEffect, useRef } from "preact/hooks";
import { type KnownRoom, knownRooms } from "../known-rooms.js";
import { followSummary, roomSummaries } from "../room-summaries.js";
import { openRoomPage } from "../router.js";
import { texts } from "../texts.js";
import { Plain } from "./basics.js";

const words = texts.rail;

/** The rooms this browser joined, with how many gates wait in each. The room that is open has its own numbers. */
export function RoomsRail({ here, openGates }: { here: string; openGates: number }) {
  const rooms = knownRooms.value.toSorted((a, b) => a.roomName.localeCompare(b.roomName, texts.locale));
  if (rooms.length < 2) return null;
  return (
    <nav class="rail" aria-label={words.heading}>
      <h2>
        {words.heading} <span class="count">{rooms.length}</span>
      </h2>
      <ul>
        {rooms.map((room) => (
          <RailRoom key={room.roomId} room={room} {...(room.roomId === here && { openGates })} />
        ))}
      </ul>
    </nav>
  );
}

/** One room; `openGates` is given for the one that is open. */
function RailRoom({ room: { roomId, roomName }, openGates }: { room: KnownRoom; openGates?: number }) {
  const isHere = openGates !== undefined;
  return (
    <li>
      <a
        class="rail-room"
        href={`/r/${encodeURIComponent(roomId)}`}
        {...(isHere && { "aria-current": "page" as const })}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          if (!isHere) openRoomPage(roomId);
        }}
      >
        <span class="rail-name">
          <Plain text={roomName} />
        </span>
        {isHere ? <Waiting count={openGates} /> : <RoomMarks roomId={roomId} />}
      </a>
    </li>
  );
}

/** The state of a room unless it is active, and how many gates are open in it. */
export function RoomMarks({ roomId }: { roomId: string }) {
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => (place.current ? followSummary(roomId, place.current) : undefined), [roomId]);
  const summary = roomSummaries.value.get(roomId);
  return (
    <span class="rail-state" ref={place}>
      {summary && summary.state !== "active" && <span class="muted">{texts.room.state[summary.state]}</span>}
      {summary && <Waiting count={summary.openGates} />}
    </span>
  );
}

function Waiting({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span class="waiting-count" title={words.waiting(count)}>
      {count}
      <span class="visually-hidden"> {words.waitingHere}</span>
    </span>
  );
}
