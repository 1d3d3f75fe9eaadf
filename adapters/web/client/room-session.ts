import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { RoomFrame } from "../../../src/protocol/events.js";
import type { RoomView } from "../../../src/protocol/rooms.js";
import { createRoomApi, type Decision, type RoomApi } from "./api.js";
import { createKeptWriting, type KeptWriting } from "./kept-writing.js";
import { lacksGates } from "./open-gates.js";
import { createOutbox, type Outbox } from "./outbox.js";
import type { Problem, Result } from "./problem.js";
import { applyFrame, forgetWork } from "./room-events.js";
import { addOlder, applyPresence, firstAfter, openRoom, type RoomState } from "./room-state.js";
import { type Connection, createStream, type SourceListener, type Stream } from "./stream.js";

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
  decide(gateId: string, decision: Decision): Promise<Result<{ outcome: string; by: string }>>;
  loadOlder(): Promise<void>;
  /** Loads back to a message; false when it is not in the room. */
  loadTo(place: { id: string; version: number }): Promise<boolean>;
  close(): void;
}

export interface SessionOptions {
  roomId: string;
  me: string;
  /** The room cannot be read (any more): 401, 403 or 404. */
  onGone: (problem: Problem) => void;
  onNamed: (roomName: string, me: string) => void;
}

const gatherMs = 30;
const presenceEveryMs = 20_000;
const loadAgainMs = 2_000;

const isGone = ({ status }: Problem): boolean => status === 401 || status === 403 || status === 404;

export function createRoomSession({ roomId, me, onGone, onNamed }: SessionOptions): RoomSession {
  let name = me;
  const api = createRoomApi(roomId, { name: () => name, onNotYou });
  const becameName = signal<string | undefined>(undefined);
  const state = signal<RoomState | undefined>(undefined);
  const connection = signal<Connection>({ state: "connecting" });
  const isLoadingOlder = signal(false);
  let stream: Stream | undefined;
  let frames: RoomFrame[] = [];
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let behind = 0;
  let isClosed = false;
  let isReadingGates = false;

  function update(change: (known: RoomState) => RoomState): void {
    if (state.value) state.value = change(state.value);
  }

  const kept = createKeptWriting({ roomId, me });
  const outbox = createOutbox({ state, update, api, kept, isLive: () => connection.value.state === "live" });

  async function load(): Promise<void> {
    const problem = await readRoom();
    if (problem) return loadFailed(problem);
    if (isClosed) return;
    follow();
    outbox.restore();
  }

  /** Replaces the state with the room's current one. Unsent own messages stay. */
  async function readRoom(): Promise<Problem | undefined> {
    const [view, early] = await Promise.all([api.room(), api.messages({})]);
    if (!view.ok) return view.problem;
    const { version } = view.value;
    // Both at once; the messages must not be older than the picture they belong to.
    const page = early.ok && early.value.version < version ? await api.messages({ atLeast: version }) : early;
    if (!page.ok) return page.problem;
    if (isClosed) return undefined;
    flush();
    state.value = { ...openRoom(view.value, page.value, name), pending: state.value?.pending ?? [] };
    onNamed(view.value.name, name);
    return undefined;
  }

  /** The user joined as another person in this browser: the page continues as that person and keeps all typed text. */
  function onNotYou(you: string): void {
    if (isClosed || you === name) return;
    name = you;
    kept.become(
      you,
      (state.value?.pending ?? []).map(({ key, typed, at, steers }) => ({ key, typed, at, ...(steers && { steers }) })),
    );
    update((known) => ({ ...known, me: you }));
    becameName.value = you;
    void readRoom().then((problem) => (problem && isGone(problem) ? onGone(problem) : stream?.reopen()));
  }

  function loadFailed(problem: Problem): void {
    if (isClosed) return;
    if (isGone(problem)) {
      onGone(problem);
      return;
    }
    const { value } = connection;
    const sinceMs = "sinceMs" in value ? value.sinceMs : Date.now();
    connection.value = { state: navigator.onLine ? "interrupted" : "offline", sinceMs };
    setTimeout(() => void load(), loadAgainMs);
  }

  function follow(): void {
    stream = createStream({
      open: (listener) => listen(api.eventsUrl(cursorText()), listener),
      onOpen: () => {
        update(forgetWork);
        outbox.connected();
        void lookAround();
      },
      onData: gather,
      onConnection: (next) => {
        connection.value = next;
      },
      probe,
      isOnline: () => navigator.onLine,
      nowMs: () => Date.now(),
      after: (delayMs, callback) => {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
      },
      random: Math.random,
    });
  }

  function cursorText(): string {
    const known = state.value;
    if (!known) return "0";
    flush();
    const { cursor } = state.value ?? known;
    return cursor ? `${cursor.version}.${cursor.index}` : String(firstAfter(known));
  }

  /** Frames that come together are shown together. A timer, not an animation frame: a hidden page counts gates in its title too. */
  function gather(data: string): void {
    frames.push(JSON.parse(data) as RoomFrame);
    gathering ??= setTimeout(flush, gatherMs);
  }

  function flush(): void {
    clearTimeout(gathering);
    gathering = undefined;
    const taken = frames;
    frames = [];
    if (taken.length > 0) update((known) => taken.reduce(applyFrame, known));
    if (state.value && lacksGates(state.value)) void readGatesAgain();
  }

  /** The stream named a gate that is not shown. Tried again with the next frames if the request fails. */
  async function readGatesAgain(): Promise<void> {
    if (isReadingGates) return;
    isReadingGates = true;
    const view = await api.room();
    isReadingGates = false;
    if (view.ok && !isClosed) update((known) => applyPresence(known, view.value));
  }

  async function probe(): Promise<"gone" | "retry"> {
    const view = await api.room();
    if (view.ok || !isGone(view.problem)) return "retry";
    if (!isClosed) onGone(view.problem);
    return "gone";
  }

  /** Comments of the stream cannot be seen from here, so a silent stream is checked against the room's version. */
  async function lookAround(): Promise<void> {
    if (document.hidden || isClosed) return;
    const view = await api.room();
    if (isClosed) return;
    if (!view.ok) return lookedInVain(view.problem);
    flush();
    update((known) => applyPresence(known, view.value));
    behind = isBehind(view.value) ? behind + 1 : 0;
    if (behind < 2) return;
    behind = 0;
    stream?.reopen();
  }

  /** A stream can look open long after its server or the way to it is gone. */
  function lookedInVain(problem: Problem): void {
    if (isGone(problem)) onGone(problem);
    else if (problem.status === 0) startOver();
  }

  /** A device without a network may still reach a server of its own, so only a new connection tells. */
  function startOver(): void {
    stream?.lost();
    stream?.reopen();
  }

  function isBehind(view: RoomView): boolean {
    const known = state.value;
    return known !== undefined && view.version > (known.cursor?.version ?? known.baseVersion);
  }

  async function loadOlder(limit = 50): Promise<boolean> {
    const before = state.value?.older;
    if (before === undefined || isLoadingOlder.value) return false;
    isLoadingOlder.value = true;
    const page = await api.messages({ before, limit });
    batch(() => {
      isLoadingOlder.value = false;
      if (page.ok) update((known) => addOlder(known, page.value));
    });
    return page.ok;
  }

  async function loadTo({ id, version }: { id: string; version: number }): Promise<boolean> {
    const isThere = () => state.value?.messageIds.has(id) === true;
    const isOlder = () => Number.parseInt(state.value?.older ?? "0", 10) > version;
    while (!isClosed && !isThere() && isOlder()) if (!(await loadOlder(200))) return false;
    return isThere();
  }

  const online = () => stream?.reopen();
  const shown = () => void lookAround();
  addEventListener("online", online);
  addEventListener("offline", startOver);
  document.addEventListener("visibilitychange", shown);
  const presence = setInterval(shown, presenceEveryMs);
  void load();

  return {
    state,
    connection,
    isLoadingOlder,
    becameName,
    api,
    outbox,
    kept,
    decide: (gateId, decision) => api.decide(gateId, decision),
    loadOlder: async () => void (await loadOlder()),
    loadTo,
    close() {
      isClosed = true;
      outbox.close();
      clearInterval(presence);
      clearTimeout(gathering);
      removeEventListener("online", online);
      removeEventListener("offline", startOver);
      document.removeEventListener("visibilitychange", shown);
      stream?.close();
    },
  };
}

function listen(url: string, { opened, message, failed }: SourceListener): EventSource {
  const source = new EventSource(url);
  source.addEventListener("open", opened);
  source.addEventListener("message", ({ data }: MessageEvent<string>) => message(data));
  source.addEventListener("error", () => failed(source.readyState === EventSource.CLOSED));
  return source;
}
