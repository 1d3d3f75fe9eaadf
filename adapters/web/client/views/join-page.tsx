import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { parseInviteCode } from "../../../../src/core/values/invite-code.js";
import { createRoomApi } from "../api.js";
import { announcePerson } from "../browser-tabs.js";
import { codeIn } from "../invite-link.js";
import { forgetRoom, type KnownRoom, knownRoom, knownRooms, rememberRoom } from "../known-rooms.js";
import { openRoomPage } from "../router.js";
import { texts } from "../texts.js";
import { Plain, ProblemText, useTitle } from "./basics.js";
import { JoinForm } from "./join-form.js";
import { later } from "./later.js";
import { RoomMarks } from "./rooms-rail.js";

const words = texts.join;

const NewRoomForm = later(async () => (await import("./dialogs.js")).NewRoomForm);

export function JoinPage({
  code,
  left,
  isNewRoom,
}: {
  code: string;
  left?: { roomId: string; status: number };
  isNewRoom: boolean;
}) {
  // Without a code, a returning person probably wants to go back into one of their rooms.
  const isReturning = code === "" && left === undefined;
  useTitle(() => `${words.heading} · ${texts.product}`);
  return (
    <main class="join">
      <header class="join-head">
        <span class="mark" aria-hidden="true" />
        <div>
          <h1>{texts.product}</h1>
          <p>{texts.tagline}</p>
        </div>
      </header>
      {left && <ProblemText>{words.left[left.status] ?? texts.problem.other}</ProblemText>}
      {isReturning && <YourRooms />}
      <AlreadyIn key={`in ${code}`} code={code} />
      <Joining key={code} code={code} isFolded={isReturning && knownRooms.value.length > 0} />
      {!isReturning && <YourRooms />}
      <NewRoom key={String(isNewRoom)} isOpen={isNewRoom} />
    </main>
  );
}

/** For a person who opens their link again: they are in the room already and need no second name. */
function AlreadyIn({ code }: { code: string }) {
  const roomId = parseInviteCode(codeIn(code))?.roomId;
  const room = roomId === undefined ? undefined : knownRoom(roomId);
  const isIn = useSignal(false);
  useEffect(() => {
    if (!room) return;
    void createRoomApi(room.roomId)
      .room()
      .then(({ ok }) => {
        isIn.value = ok;
      });
  }, [room, isIn]);
  if (!room || !isIn.value) return null;
  return (
    <section class="card already-in" aria-labelledby="already-in">
      <h2 id="already-in">{words.alreadyIn}</h2>
      <RoomLink room={room} />
      <p class="hint">{words.alreadyInHint}</p>
    </section>
  );
}

function RoomLink({ room: { roomId, roomName, me } }: { room: KnownRoom }) {
  return (
    <a
      class="room-link"
      href={`/r/${encodeURIComponent(roomId)}`}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        openRoomPage(roomId);
      }}
    >
      <span class="room-name">
        <Plain text={roomName} />
      </span>
      <span class="muted">{words.youAre(me)}</span>
      <RoomMarks roomId={roomId} />
    </a>
  );
}

/** The form of a code; folded for a person who probably wants one of their rooms. */
function Joining({ code, isFolded }: { code: string; isFolded: boolean }) {
  const isOpen = useSignal(!isFolded);
  if (isOpen.value) return <JoinForm code={code} onJoined={enterRoom} />;
  return (
    <section class="card new-room" aria-labelledby="join-room">
      <h2 id="join-room">
        <button type="button" class="unfold" aria-expanded={false} onClick={() => (isOpen.value = true)}>
          {words.heading}
          <span class="chevron" aria-hidden="true" />
        </button>
      </h2>
    </section>
  );
}

/** For the operator; collapsed for everybody else. */
function NewRoom({ isOpen: isOpenFirst }: { isOpen: boolean }) {
  const isOpen = useSignal(isOpenFirst);
  return (
    <section class="card new-room" aria-labelledby="new-room">
      <h2 id="new-room">
        <button
          type="button"
          class="unfold"
          aria-expanded={isOpen.value}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          {texts.newRoom.heading}
          <span class="chevron" aria-hidden="true" />
        </button>
      </h2>
      {isOpen.value && <NewRoomForm onStarted={enterRoom} />}
    </section>
  );
}

function enterRoom(room: KnownRoom): void {
  rememberRoom(room);
  announcePerson(room.roomId, room.me);
  openRoomPage(room.roomId);
}

function YourRooms() {
  const rooms = knownRooms.value;
  if (rooms.length === 0) return null;
  return (
    <nav class="card your-rooms" aria-labelledby="your-rooms">
      <h2 id="your-rooms">{words.yourRooms}</h2>
      <ul>
        {rooms.map((room) => (
          <li key={room.roomId}>
            <RoomLink room={room} />
            <button
              type="button"
              class="button quiet icon"
              aria-label={words.forget(room.roomName)}
              onClick={() => forgetRoom(room.roomId)}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
