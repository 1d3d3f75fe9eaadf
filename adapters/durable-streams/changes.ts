import type { Clock } from "../../src/ports/clock.js";
import { createGenerations, hintsOf, hintsStream } from "./generations.js";
import type { HintsPlace, LocalCopy } from "./local-copy.js";
import type { StreamServer } from "./server.js";
import { nothingUntold, takeUntold, toldAgain, withChange, withFailed, withTold } from "./untold.js";

/** Announces which streams moved. Every writer writes to one shared stream of hints. A hint may be early, and it may be lost. */
export interface Changes {
  /** Tells others; never fails. */
  tell(stream: string, version: number): void;
  /** Streams that others said have moved beyond `known`, as far as the server knows now. */
  moved(known: (stream: string) => number): Promise<string[]>;
  /** Calls `onMoved` for writes of other processes until `signal` fires. One connection for all streams. */
  follow(onMoved: (stream: string) => void, signal: AbortSignal): void;
  stop(): Promise<void>;
}

export interface ChangesOptions {
  server: StreamServer;
  clock: Clock;
  /** Where this machine has read up to, also after a restart. */
  copy: Pick<LocalCopy, "bookmark" | "keepBookmark">;
  /** Hints added to a stream of hints before a new one is begun. Default 20,000. */
  maxHints?: number;
}

/** The first hint goes out at once; hints during or just after a send go out together. */
const tellSoonMs = 2;
const tellEveryMs = 25;
const tellAgainMs = 1_000;
const againMs = 250;
/** A hint that nothing followed belonged to a write that failed. */
const staleMs = 60_000;

export function createChanges({ server, clock, copy, maxHints = 20_000 }: ChangesOptions): Changes {
  const generations = createGenerations({ server });
  let untold = nothingUntold(clock.monotonicMs());
  let telling: Promise<void> | undefined;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let place: HintsPlace | undefined = copy.bookmark();
  let switched = new AbortController();
  const hinted = new Map<string, { version: number; atMs: number }>();
  const stopped = new AbortController();

  function tell(stream: string, version: number): void {
    untold = withChange(untold, stream, version);
    tellSoon();
  }

  function tellSoon(): void {
    telling ??= pause(Math.max(tellSoonMs, toldAtMs + tellEveryMs - clock.monotonicMs())).then(send);
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => clock.after(ms, resolve));
  }

  async function send(): Promise<void> {
    const { next, batch } = takeUntold(untold);
    untold = next;
    const body = Array.from(batch, ([s, n]) => JSON.stringify({ s, n })).join(",");
    let nextMs = tellEveryMs;
    try {
      const name = hintsStream((await here()).generation);
      if ((await server.append(name, body)).kind === "missing") {
        await server.create(name);
        await server.append(name, body);
      }
      untold = withTold(untold, batch, clock.monotonicMs());
    } catch {
      // The write itself may have succeeded, and no other process would look there.
      untold = withFailed(untold, batch);
      nextMs = tellAgainMs;
    }
    toldAtMs = clock.monotonicMs();
    telling = untold.waiting.size === 0 || stopped.signal.aborted ? undefined : pause(nextMs).then(send);
  }

  async function here(): Promise<HintsPlace> {
    place ??= startOf((await generations.current()).number);
    return place;
  }

  function note(messages: readonly unknown[]): string[] {
    const hints = hintsOf(messages);
    for (const { s, n } of hints)
      hinted.set(s, { version: Math.max(n, hinted.get(s)?.version ?? 0), atMs: clock.monotonicMs() });
    return hints.map(({ s }) => s);
  }

  /** Reads on to the end of the hints there are now. */
  async function readOn(): Promise<void> {
    const { number, base } = await generations.current();
    await readFrom(await here());
    if (place && place.generation !== number) {
      goOnWith(number);
      await readFrom(await here());
    }
    if (place && place.count > base * 4 + maxHints) await generations.begin(place.generation);
  }

  async function readFrom(from: HintsPlace): Promise<void> {
    const { generation, offset, count } = from;
    const batch = await server.read(hintsStream(generation), offset);
    // A restarted server that lost its data starts at other offsets.
    if (!batch || (offset !== undefined && batch.offset < offset)) place = startOf(generation);
    else {
      note(batch.messages);
      place = { generation, offset: batch.offset, count: count + batch.messages.length };
    }
  }

  /** Hints may have been added to the old stream after the new one was begun. */
  function goOnWith(generation: number): void {
    place = startOf(generation);
    switched.abort();
    switched = new AbortController();
    untold = toldAgain(untold);
    if (untold.waiting.size > 0) tellSoon();
  }

  async function run(onMoved: (stream: string) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const until = AbortSignal.any([signal, switched.signal]);
      try {
        const { generation, offset } = await here();
        for await (const batch of server.follow(hintsStream(generation), offset, until))
          for (const stream of new Set(note(batch.messages))) onMoved(stream);
      } catch {
        // The server is down; callers find out from their own calls.
      }
      if (!signal.aborted) await pause(againMs);
    }
  }

  return {
    tell,
    async moved(known) {
      await readOn();
      const now = clock.monotonicMs();
      for (const [stream, { version, atMs }] of hinted)
        if (known(stream) >= version || now - atMs > staleMs) hinted.delete(stream);
      if (hinted.size === 0 && place) copy.keepBookmark(place);
      return [...hinted.keys()];
    },
    follow: (onMoved, signal) => void run(onMoved, AbortSignal.any([signal, stopped.signal])),
    async stop() {
      stopped.abort();
      await telling;
    },
  };
}

const startOf = (generation: number): HintsPlace => ({ generation, offset: undefined, count: 0 });
