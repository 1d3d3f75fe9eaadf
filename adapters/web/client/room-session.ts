import type { ReadonlySignal } from "@preact/signals";
import type { RoomFrame } from "../../../src/protocol/events.js";
import { createRoomApi, type PersonDecision, type RoomApi } from "./api.js";
import { openBrowserStream } from "./browser-stream.js";
import { watchPerson } from "./browser-tabs.js";
import { createKeptWriting, type KeptWriting } from "./kept-writing.js";
import { createOlderMessages } from "./older-messages.js";
import { createOutbox, type Outbox } from "./outbox.js";
import type { CallProblem, Result } from "./problem.js";
import { forgetWork } from "./room-events.js";
import { createRoomLooks } from "./room-looks.js";
import { createRoomReading } from "./room-reading.js";
import type { RoomState } from "./room-state.js";
import {
  becomePerson,
  changeRoom,
  closeSession,
  loseConnection,
  receiveFrame,
  resumePosition,
  setConnection,
} from "./session-state.js";
import { createSessionStore } from "./session-store.js";
import type { Connection, Stream } from "./stream.js";

/** One open room: its state, its connection, and its actions. */
export interface RoomSession {
  readonly state: ReadonlySignal<RoomState | undefined>;
  readonly connection: ReadonlySignal<Connection>;
  readonly isLoadingOlder: ReadonlySignal<boolean>;
  /** The page's new name after its browser's cookie became another person's; undefined before that. */
  readonly becameName: ReadonlySignal<string | undefined>;
  readonly api: RoomApi;
  readonly outbox: Pick<Outbox, "send" | "sendAgain" | "discard">;
  readonly kept: Pick<KeptWriting, "draft" | "keepDraft">;
  decide(gateId: string, decision: PersonDecision): Promise<Result<{ outcome: string; by: string }>>;
  loadOlder(): Promise<void>;
  /** Loads back to a message; false when it is not in the room. */
  loadTo(place: { id: string; version: number }): Promise<boolean>;
  close(): void;
}

export interface SessionOptions {
  roomId: string;
  me: string;
  /** The room cannot be read (any more): 401, 403 or 404. */
  onGone: (problem: CallProblem) => void;
  onNamed: (roomName: string, me: string) => void;
}

const gatherMs = 30;
const loadAgainMs = 2_000;

const isGone = ({ status }: CallProblem): boolean => status === 401 || status === 403 || status === 404;

export function createRoomSession({ roomId, me, onGone, onNamed }: SessionOptions): RoomSession {
  const store = createSessionStore(me);
  const api = createRoomApi(roomId, { name: () => store.current().me, onNotYou });
  const kept = createKeptWriting({ roomId, me });
  const update = (change: (known: RoomState) => RoomState) => store.apply((session) => changeRoom(session, change));
  const isLive = () => store.current().connection.state === "live";
  const outbox = createOutbox({ state: store.room, update, api, kept, isLive });
  const reading = createRoomReading({ api, store, onNamed });
  const { readRoom, showReceived } = reading;
  let stream: Stream | undefined;

  async function load(): Promise<void> {
    const problem = await readRoom();
    if (store.current().isClosed) return;
    if (problem) return loadFailed(problem);
    stream = follow();
    outbox.restore();
  }

  function loadFailed(problem: CallProblem): void {
    if (isGone(problem)) {
      onGone(problem);
      return;
    }
    const now = { isOnline: navigator.onLine, nowMs: Date.now() };
    store.apply((session) => loseConnection(session, now));
    setTimeout(() => void load(), loadAgainMs);
  }

  /** The user joined as another person in this browser: the page continues as that person and keeps all typed text. */
  function onNotYou(you: string): void {
    const { isClosed, me: before, room } = store.current();
    if (isClosed || you === before) return;
    kept.become(
      you,
      // Files are the sender's own: as somebody else they would have to be sent again.
      (room?.pending ?? []).map(({ key, typed, at, steers }) => ({ key, typed, at, ...(steers && { steers }) })),
    );
    store.apply((session) => becomePerson(session, you));
    void readRoom().then((problem) => (problem && isGone(problem) ? onGone(problem) : stream?.reopen()));
  }

  function follow(): Stream {
    return openBrowserStream({
      roomId,
      after() {
        showReceived();
        return resumePosition(store.current());
      },
      eventsUrl: api.eventsUrl,
      onOpen() {
        update(forgetWork);
        outbox.connected();
        void looks.lookAround();
      },
      onData: gather,
      onConnection: (connection) => store.apply((session) => setConnection(session, connection)),
      probe,
    });
  }

  /** Frames that come together are shown together. A timer, not an animation frame: a hidden page counts gates in its title too. */
  function gather(data: string): void {
    const frame = JSON.parse(data) as RoomFrame;
    if (store.current().frames.length === 0) setTimeout(showReceived, gatherMs);
    store.apply((session) => receiveFrame(session, frame));
  }

  function goneIfSo(problem: CallProblem): boolean {
    if (isGone(problem)) onGone(problem);
    return isGone(problem);
  }

  async function probe(): Promise<"gone" | "retry"> {
    const view = await api.room();
    if (view.ok || !isGone(view.problem)) return "retry";
    if (!store.current().isClosed) onGone(view.problem);
    return "gone";
  }

  const looks = createRoomLooks({ store, reading, stream: () => stream, onGone: goneIfSo });
  const stopHearing = watchPerson(roomId, onNotYou);
  void load();

  return {
    state: store.room,
    connection: store.connection,
    isLoadingOlder: store.isLoadingOlder,
    becameName: store.becameName,
    api,
    outbox,
    kept,
    decide: (gateId, decision) => api.decide(gateId, decision),
    ...createOlderMessages(api, store),
    close() {
      store.apply(closeSession);
      outbox.close();
      looks.stop();
      stopHearing();
      stream?.close();
    },
  };
}
