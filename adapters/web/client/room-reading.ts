import type { RoomApi } from "./api.js";
import { lacksGates } from "./open-gates.js";
import type { CallProblem } from "./problem.js";
import { beginGateReading, endGateReading, showFrames, showRoom, takePicture } from "./session-state.js";
import type { SessionStore } from "./session-store.js";

/** The requests that keep a session's state the same as the room at the server. A failed one says why. */
export interface RoomReading {
  /** Replaces the state with the room's current one. Unsent own messages stay. */
  readRoom(): Promise<CallProblem | undefined>;
  /** Reads presence and cost, which no event contains, and checks whether the stream is behind. */
  readPresence(): Promise<CallProblem | undefined>;
  /** Shows the frames received so far. */
  showReceived(): void;
}

/** The requests of one session. `onNamed` hears the room's name whenever the room was read. */
export function createRoomReading({
  api,
  store,
  onNamed,
}: {
  api: Pick<RoomApi, "room" | "messages">;
  store: SessionStore;
  onNamed: (roomName: string, me: string) => void;
}): RoomReading {
  async function readRoom(): Promise<CallProblem | undefined> {
    const [view, early] = await Promise.all([api.room(), api.messages({})]);
    if (!view.ok) return view.problem;
    const { version } = view.value;
    // Both at once; the messages must not be older than the picture they belong to.
    const page = early.ok && early.value.version < version ? await api.messages({ atLeast: version }) : early;
    if (!page.ok) return page.problem;
    if (store.current().isClosed) return undefined;
    showReceived();
    store.apply((session) => showRoom(session, view.value, page.value));
    onNamed(view.value.name, store.current().me);
    return undefined;
  }

  async function readPresence(): Promise<CallProblem | undefined> {
    const view = await api.room();
    if (!view.ok) return view.problem;
    showReceived();
    store.apply((session) => takePicture(session, view.value));
    return undefined;
  }

  function showReceived(): void {
    store.apply(showFrames);
    const { room, isClosed, isReadingGates } = store.current();
    if (room && !isClosed && !isReadingGates && lacksGates(room)) void readGates();
  }

  async function readGates(): Promise<void> {
    store.apply(beginGateReading);
    const view = await api.room();
    store.apply((session) => endGateReading(session, view.ok ? view.value : undefined));
  }

  return { readRoom, readPresence, showReceived };
}
