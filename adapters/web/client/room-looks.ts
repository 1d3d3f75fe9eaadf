import { watchDevice } from "./browser-stream.js";
import { watchForWanted } from "./browser-tabs.js";
import type { CallProblem } from "./problem.js";
import type { RoomReading } from "./room-reading.js";
import { endRest, forgetLooks, isStale, mayLook, rest } from "./session-state.js";
import type { SessionStore } from "./session-store.js";
import type { Stream } from "./stream.js";

/** The looks that a session takes at its room beside the stream. */
export interface RoomLooks {
  /** Reads presence and cost, and opens the stream again if it is behind. */
  lookAround(): Promise<void>;
  stop(): void;
}

const presenceEveryMs = 20_000;
const restAfterMs = 60_000;

/** Looks at the room while its page is seen; a page hidden for a minute gives its stream up, and takes it again when it is seen. */
export function createRoomLooks({
  store,
  reading,
  stream,
  onGone,
}: {
  store: SessionStore;
  reading: Pick<RoomReading, "readRoom" | "readPresence">;
  stream: () => Stream | undefined;
  /** The room cannot be read any more, or this browser not reach it; true if nothing can be done about it. */
  onGone: (problem: CallProblem) => boolean;
}): RoomLooks {
  /** Comments of the stream cannot be seen from here, so a silent stream is checked against the room's version. */
  async function lookAround(): Promise<void> {
    const now = { isHidden: document.hidden, nowMs: Date.now() };
    if (!mayLook(store.current(), now)) return;
    if (store.current().restingSinceMs !== undefined) goOnResting(now);
    const problem = await reading.readPresence();
    if (store.current().isClosed) return;
    if (problem) return lookedInVain(problem);
    if (!isStale(store.current()) || store.current().restingSinceMs !== undefined) return;
    store.apply(forgetLooks);
    stream()?.reopen();
  }

  function goOnResting({ isHidden, nowMs }: { isHidden: boolean; nowMs: number }): void {
    store.apply((session) => (isHidden ? rest(session, nowMs) : endRest(session)));
    if (!isHidden) stream()?.reopen();
  }

  /** A stream can look open long after its server or the way to it is gone. */
  function lookedInVain(problem: CallProblem): void {
    if (!onGone(problem) && problem.status === 0) startOver();
  }

  /** A device without a network may still reach a server of its own, so only a new connection tells. */
  function startOver(): void {
    stream()?.lost();
    stream()?.reopen();
  }

  /** A hidden page leaves the browser's few connections to the others. */
  function beginRest(): void {
    const open = stream();
    if (!document.hidden || !open) return;
    store.apply((session) => rest(session, Date.now()));
    open.rest();
  }

  const stopWatching = watchDevice({
    online: () => stream()?.reopen(),
    offline: startOver,
    look: () => void lookAround(),
    everyMs: presenceEveryMs,
    rest: beginRest,
    restAfterMs,
  });
  const stopHearing = watchForWanted(beginRest);
  return {
    lookAround,
    stop() {
      stopWatching();
      stopHearing();
    },
  };
}
