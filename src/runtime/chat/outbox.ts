import type { Clock } from "../../ports/clock.js";
import type { Entry, EventLog } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import type { Snapshots } from "../../ports/snapshots.js";
import { commitsAfter, createLogWriter } from "../rooms/log-writer.js";

/** A stream of Parley's own and the state its events fold to; for bookkeeping that is no room. */
export interface StateStream<State, Event extends { type: string }> {
  /** The current state. Call `load` first. */
  readonly state: State;
  /** The last write failed: the state may show what is not stored, until `load` or the next write reads it again. */
  readonly isStale: boolean;
  /** Reads everything that is stored, including later writes of other processes. */
  load(): Promise<State>;
  /**
   * Stores what `decide` gives, and resolves when it is durable. `decide` sees the state with everything before it and is asked again when
   * somebody else wrote first; nothing given, nothing stored. What is decided while an append runs shares the next one.
   */
  append(decide: (state: State) => readonly Event[]): Promise<void>;
  /** Keeps the state, so that the next load is short. */
  keep(): Promise<void>;
}

/** The stream, its schema, and how its events fold. */
export interface StateStreamOptions<State, Event> {
  eventLog: EventLog;
  snapshots: Snapshots;
  clock: Clock;
  ids: Ids;
  stream: string;
  /** Name of the state's shape in snapshots; the state is plain JSON. Absent: no snapshots. */
  schema?: string;
  empty: () => State;
  /** Applies one event in place. Events it does not know change nothing. */
  apply: (state: State, event: Event, at: number) => void;
}

interface Waiting<State, Event> {
  decide: (state: State) => readonly Event[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

const pageSize = 500;
const maxPageChars = 4 * 1_024 * 1_024;
/** Commits after which the state is kept without being asked. */
const keepEvery = 500;

/** A state stream that gathers events into few appends. */
export function createStateStream<State, Event extends { type: string }>(
  options: StateStreamOptions<State, Event>,
): StateStream<State, Event> {
  const { eventLog, snapshots, clock, ids, stream, schema, apply } = options;
  const writer = createLogWriter({ eventLog, clock });
  let state = options.empty();
  let head = { version: 0, id: "" };
  let keptVersion = 0;
  let isStale = true;
  let queue: Waiting<State, Event>[] = [];
  let last: Promise<unknown> = Promise.resolve();

  /** One at a time: nobody reads the stream while something is on its way into it. */
  function exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work, work);
    last = result.catch(() => {});
    return result;
  }

  async function catchUp(): Promise<State> {
    if (isStale) await restore();
    for (;;) {
      const after = head.version;
      for (const entry of await eventLog.read(stream, { after, limit: pageSize, maxChars: maxPageChars }))
        takeEntry(entry);
      if (head.version === after) break;
    }
    if (head.version > 0 && head.id === "") head = (await eventLog.head(stream)) ?? head;
    return state;
  }

  /** An unreadable entry is skipped; the state goes on without it. */
  function takeEntry(entry: Entry): void {
    if (entry.kind === "unreadable") {
      if (entry.version !== undefined) head = { version: entry.version, id: "" };
      return;
    }
    const { version, id, at, events } = entry.commit;
    for (const event of events) apply(state, event as Event, at);
    head = { version, id };
  }

  async function restore(): Promise<void> {
    const kept = schema === undefined ? undefined : await snapshots.get(stream, schema);
    state = kept ? (structuredClone(kept.state) as State) : options.empty();
    head = kept ? { version: kept.version, id: kept.commitId } : { version: 0, id: "" };
    keptVersion = head.version;
    isStale = false;
  }

  function append(decide: Waiting<State, Event>["decide"]): Promise<void> {
    return new Promise((resolve, reject) => {
      queue.push({ decide, resolve, reject });
      if (queue.length === 1) void exclusive(write);
    });
  }

  async function write(): Promise<void> {
    const batch = queue;
    queue = [];
    try {
      await writeBatch(batch);
    } catch (error) {
      isStale = true;
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const { resolve } of batch) resolve();
    if (head.version - keptVersion >= keepEvery) await keep().catch(() => {});
  }

  async function writeBatch(batch: readonly Waiting<State, Event>[]): Promise<void> {
    const decideAll = async (conflicts: number) => {
      isStale ||= conflicts > 0;
      if (isStale) await catchUp();
      const nowMs = clock.nowMs();
      const events = batch.flatMap(({ decide }) => {
        const decided = decide(state);
        for (const event of decided) apply(state, event, nowMs);
        return decided;
      });
      return commitsAfter(head, events.length > 0 ? [events] : [], { ids, nowMs, by: "parley" });
    };
    const [commit] = await writer.write({ stream, decide: decideAll });
    if (commit) head = { version: commit.version, id: commit.id };
  }

  async function keep(): Promise<void> {
    if (schema === undefined || isStale || head.version === keptVersion) return;
    const { version, id } = head;
    await snapshots.put(stream, { schema, version, commitId: id, open: false, state: structuredClone(state) });
    keptVersion = version;
  }

  return {
    get state() {
      return state;
    },
    get isStale() {
      return isStale;
    },
    load: () =>
      exclusive(async () => {
        // Asking for the head makes a log that keeps a copy read what other processes wrote.
        await eventLog.head(stream);
        return catchUp();
      }),
    append,
    keep: () => exclusive(keep),
  };
}
