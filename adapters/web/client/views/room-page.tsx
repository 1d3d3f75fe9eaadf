import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { roleMay } from "../../../../src/core/room/rights.js";
import { isGatesWide } from "../browser-settings.js";
import type { ComposerAsk } from "../composer-ask.js";
import { huesOf } from "../identity.js";
import { knownRoom, rememberRoom } from "../known-rooms.js";
import { createRoomSession, type RoomSession } from "../room-session.js";
import { myRole, type RoomState } from "../room-state.js";
import { openJoinPage } from "../router.js";
import { texts } from "../texts.js";
import { followVisibleHeight } from "../visible-height.js";
import { Plain, useMedia, useTitle } from "./basics.js";
import { Composer } from "./composer.js";
import { Gates } from "./gates.js";
import { Header } from "./header.js";
import { RoomContext, type RoomContextValue } from "./room-context.js";
import { Roster } from "./roster.js";
import { Timeline } from "./timeline.js";
import { RenewTurns, TurnsContext, useKnownTurns } from "./turns-context.js";
import { useHeldDecisions } from "./use-held-decisions.js";

const sayForMs = 6_000;

export function RoomPage({ roomId }: { roomId: string }) {
  const session = useSession(roomId);
  const state = session.state.value;
  const waiting = useComputed(() => waitingFor(session.state.value));
  useTitle(() => texts.title(session.state.value?.name ?? texts.product, waiting.value));
  if (!state) return <Opening session={session} />;
  return <OpenRoom session={session} state={state} />;
}

/** Gates this person can decide. */
function waitingFor(state: RoomState | undefined): number {
  return state && roleMay(myRole(state), "decide") ? state.gates.length : 0;
}

function useSession(roomId: string): RoomSession {
  const session = useMemo(() => {
    const me = knownRoom(roomId)?.me ?? "";
    return createRoomSession({
      roomId,
      me,
      onGone: ({ status }) => openJoinPage({ roomId, status }),
      onNamed: (roomName, name) => rememberRoom({ roomId, roomName, me: name }),
    });
  }, [roomId]);
  useEffect(() => () => session.close(), [session]);
  return session;
}

function Opening({ session }: { session: RoomSession }) {
  const { state } = session.connection.value;
  return (
    <main class="opening">
      <p role="status">
        <span class="mark pulsing" aria-hidden="true" />
        {state === "connecting" ? texts.room.loading : texts.problem.noAnswer}
      </p>
    </main>
  );
}

function OpenRoom({ session, state }: { session: RoomSession; state: RoomState }) {
  const sentence = useSignal("");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const isWide = useMedia("(min-width: 75rem)");
  const hasSide = useMedia("(min-width: 47rem)");
  const names = state.participants.map(({ name }) => name).join(" ");
  const hues = useMemo(() => huesOf(names.split(" ")), [names]);
  const say = (text: string) => {
    clearTimeout(timer.current);
    sentence.value = text;
    timer.current = setTimeout(() => {
      sentence.value = "";
    }, sayForMs);
  };
  const turns = useKnownTurns(session, roleMay(myRole(state), "readHeld"));
  const composerAsk = useSignal<ComposerAsk | undefined>(undefined);
  const heldDecisions = useHeldDecisions({ session, state }, say);
  const context: RoomContextValue = { session, state, role: myRole(state), heldDecisions, hues, composerAsk, say };
  const became = session.becameName.value;
  useEffect(() => {
    if (became !== undefined) context.say(texts.room.youAreNow(became));
  }, [became]);
  const isShowing = useSignal(state.gates.length > 0);
  const hasGates = state.gates.length > 0 || isShowing.value;
  const start = useRef<HTMLDivElement>(null);
  useEffect(followVisibleHeight, []);
  // A keyboard user starts at the top of the new page, not where the old one ended.
  useEffect(() => start.current?.focus(), []);
  return (
    <RoomContext.Provider value={context}>
      <TurnsContext.Provider value={turns}>
        <RenewTurns />
        <div
          class={`room ${hasGates ? "has-gates" : ""} ${isGatesWide.value ? "gates-wide" : ""}`}
          ref={start}
          tabIndex={-1}
        >
          <a class="skip" href="#messages">
            {texts.room.skip}
          </a>
          <Header />
          <Gates
            isWide={isWide}
            onShown={(isShown) => {
              isShowing.value = isShown;
            }}
          />
          <Roster isOpen={hasSide} />
          <main class="conversation">
            {state.spendingHold !== undefined && (
              <p class="spending-hold" role="status">
                <Plain text={state.spendingHold} />
              </p>
            )}
            <Timeline />
            <Composer />
          </main>
          <p class={`toast ${sentence.value === "" ? "" : "shown"}`} role="status">
            {sentence.value}
          </p>
        </div>
      </TurnsContext.Provider>
    </RoomContext.Provider>
  );
}
