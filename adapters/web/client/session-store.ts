import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { RoomState } from "./room-state.js";
import { beginSession, type RoomSessionState } from "./session-state.js";
import type { Connection } from "./stream.js";

/** The one place that holds a session's state, with the parts of it that views follow. */
export interface SessionStore {
  readonly room: ReadonlySignal<RoomState | undefined>;
  readonly connection: ReadonlySignal<Connection>;
  readonly isLoadingOlder: ReadonlySignal<boolean>;
  readonly becameName: ReadonlySignal<string | undefined>;
  /** The state now. A view that reads it does not follow it. */
  current(): RoomSessionState;
  /** Replaces the state by what `transition` makes of it, unless the session is closed. */
  apply(transition: (session: RoomSessionState) => RoomSessionState): void;
}

/** Holds the state of a session that starts as `me`. */
export function createSessionStore(me: string): SessionStore {
  const session = signal(beginSession(me));
  return {
    room: computed(() => session.value.room),
    connection: computed(() => session.value.connection),
    isLoadingOlder: computed(() => session.value.isLoadingOlder),
    becameName: computed(() => session.value.becameName),
    current: () => session.peek(),
    apply(transition) {
      const before = session.peek();
      if (!before.isClosed) session.value = transition(before);
    },
  };
}
