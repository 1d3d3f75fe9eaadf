import type { RoomApi } from "./api.js";
import { beginOlder, endOlder, nextOlder, whereIs } from "./session-state.js";
import type { SessionStore } from "./session-store.js";

const pageMessages = 50;
const searchPageMessages = 200;

/** Reads older messages of a room into its session. */
export interface OlderMessages {
  /** Reads the next page, if there is one and it is not being read already. */
  loadOlder(): Promise<void>;
  /** Loads back to a message; false when it is not in the room. */
  loadTo(place: { id: string; version: number }): Promise<boolean>;
}

/** Reads older messages in pages: 50 messages at a time, 200 on the way to a certain one. */
export function createOlderMessages(api: Pick<RoomApi, "messages">, store: SessionStore): OlderMessages {
  async function loadPage(limit: number): Promise<boolean> {
    const before = nextOlder(store.current());
    if (before === undefined) return false;
    store.apply(beginOlder);
    const page = await api.messages({ before, limit });
    store.apply((session) => endOlder(session, page.ok ? page.value : undefined));
    return page.ok;
  }

  return {
    loadOlder: async () => void (await loadPage(pageMessages)),
    async loadTo(place) {
      while (!store.current().isClosed && whereIs(store.current(), place) === "older")
        if (!(await loadPage(searchPageMessages))) return false;
      return whereIs(store.current(), place) === "shown";
    },
  };
}
