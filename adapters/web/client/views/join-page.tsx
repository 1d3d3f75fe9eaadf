import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { parseInviteCode } from "../../../../src/core/values/invite-code.js";
import type { Joined } from "../../../../src/protocol/people.js";
import { createRoomApi, join } from "../api.js";
import { codeIn } from "../invite-link.js";
import {
  forgetRoom,
  type KnownRoom,
  knownRoom,
  knownRooms,
  lastName,
  rememberName,
  rememberRoom,
} from "../known-rooms.js";
import type { Problem as ProblemFields } from "../problem.js";
import { problemText } from "../problem-text.js";
import { openRoomPage } from "../router.js";
import { texts } from "../texts.js";
import { Plain, Problem, useTitle } from "./basics.js";
import { later } from "./later.js";
import { useNameFor } from "./name-for.js";

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
      {left && <Problem>{words.left[left.status] ?? texts.problem.other}</Problem>}
      {isReturning && <YourRooms />}
      <AlreadyIn key={`in ${code}`} code={code} />
      <JoinForm key={code} code={code} />
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
    </a>
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
  openRoomPage(room.roomId);
}

const known = ({ roomId, name }: Joined): KnownRoom => ({ roomId, roomName: roomId, me: name });

function JoinForm({ code: given }: { code: string }) {
  const code = useSignal(given);
  const displayName = useSignal(lastName());
  const suggested = useSignal<string | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const isChecking = useSignal(isPersonal(codeIn(given)));
  const first = useRef<HTMLInputElement>(null);
  const derived = useNameFor(displayName.value);
  const name = suggested.value ?? derived;
  useEffect(() => {
    if (!isChecking.value) first.current?.focus();
  }, [isChecking.value]);
  // Once, with the code of the link
  useEffect(() => {
    if (isChecking.value) void checkLink();
  }, []);

  /** If it needs a name after all, the form asks for it. */
  async function checkLink(): Promise<void> {
    const joined = await join({ code: codeIn(given) });
    if (joined.ok) return enterRoom(known(joined.value));
    isChecking.value = false;
    if (joined.problem.status !== 422) failed(joined.problem);
  }

  function failed(failure: ProblemFields): void {
    problem.value = joinProblem(failure, name ?? displayName.value.trim());
    if (failure.suggestion !== undefined) suggested.value = failure.suggestion;
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const asked = codeIn(code.value);
    const shown = displayName.value.trim();
    if (asked === "") problem.value = words.problem.needCode;
    else if (shown === "") problem.value = words.problem.needName;
    else {
      isBusy.value = true;
      problem.value = undefined;
      const joined = await join({
        code: asked,
        displayName: shown,
        ...(suggested.value !== undefined && { name: suggested.value }),
      });
      isBusy.value = false;
      if (!joined.ok) return failed(joined.problem);
      rememberName(shown);
      enterRoom(known(joined.value));
    }
  }

  if (isChecking.value) {
    return (
      <p class="card" role="status">
        {words.checking}
      </p>
    );
  }
  return (
    <form class="card join-form" onSubmit={submit} aria-labelledby="join-heading" noValidate>
      <h2 id="join-heading">{words.heading}</h2>
      <p class="muted">{given === "" ? words.intro : words.introWithCode}</p>
      <label for="join-code">{words.code}</label>
      <input
        id="join-code"
        ref={given === "" ? first : null}
        class="input code-input"
        value={code.value}
        autoComplete="off"
        autoCapitalize="none"
        spellcheck={false}
        aria-describedby="join-code-hint"
        onInput={(event) => {
          code.value = event.currentTarget.value;
        }}
      />
      <p class="hint" id="join-code-hint">
        {words.codeHint}
      </p>
      <label for="join-name">{words.name}</label>
      <input
        id="join-name"
        ref={given === "" ? null : first}
        class="input"
        value={displayName.value}
        maxLength={48}
        autoComplete="nickname"
        aria-describedby="join-name-hint"
        onInput={(event) => {
          displayName.value = event.currentTarget.value;
          suggested.value = undefined;
        }}
      />
      <p class="hint" id="join-name-hint">
        {name === undefined ? words.nameHint : words.handle(name)}
      </p>
      {problem.value !== undefined && <Problem>{problem.value}</Problem>}
      <button class="button primary wide" type="submit" disabled={isBusy.value}>
        {isBusy.value ? words.joining : suggested.value === undefined ? words.submit : words.submitAs(suggested.value)}
      </button>
    </form>
  );
}

/** A code that is not an invite may be personal, like the one printed at start-up: it needs no name. */
function isPersonal(code: string): boolean {
  return code !== "" && parseInviteCode(code) === undefined;
}

function joinProblem(problem: ProblemFields, name: string): string {
  if (problem.suggestion !== undefined) return words.problem.taken(name, problem.suggestion);
  if (problem.status === 404) return words.problem.unknown;
  if (problem.status === 429) return words.problem.tooMany(problem.retryAfterS ?? 60);
  return problemText(problem);
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
