import type { Clock } from "../../src/ports/clock.js";
import type { StreamServer } from "./server.js";

/** Which streams moved, told by whoever writes to them, in one stream for all. A hint: it may be early, and it may be lost. */
export interface Changes {
  /** Tells others; never fails. */
  tell(stream: string, version: number): void;
  /** Streams that others said have moved beyond `known`, as far as the server knows now. */
  moved(known: (stream: string) => number): Promise<string[]>;
  /** Calls `onMoved` for what others write, as long as `signal` lasts. One connection for all streams. */
  follow(onMoved: (stream: string) => void, signal: AbortSignal): void;
  stop(): Promise<void>;
}

const streamName = "_changes";
/** A hint goes out at once, and those that come while one is on its way or just went, together. */
const tellSoonMs = 2;
const tellEveryMs = 25;
const tellAgainMs = 1_000;
const againMs = 250;
/** A hint that nothing followed belonged to a write that failed. */
const staleMs = 60_000;

interface Hint {
  s: string;
  n: number;
}

export function createChanges({ server, clock }: { server: StreamServer; clock: Clock }): Changes {
  let untold = new Map<string, number>();
  let telling: Promise<void> | undefined;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let offset: string | undefined;
  const hinted = new Map<string, { version: number; atMs: number }>();
  const stopped = new AbortController();

  function tell(stream: string, version: number): void {
    untold.set(stream, version);
    telling ??= pause(Math.max(tellSoonMs, toldAtMs + tellEveryMs - clock.monotonicMs())).then(send);
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => clock.after(ms, resolve));
  }

  async function send(): Promise<void> {
    const batch = untold;
    untold = new Map();
    const body = Array.from(batch, ([s, n]) => JSON.stringify({ s, n })).join(",");
    let nextMs = tellEveryMs;
    try {
      if ((await server.append(streamName, body)).kind === "missing") {
        await server.create(streamName);
        await server.append(streamName, body);
      }
    } catch {
      // The write itself may have come through: nobody else would look there.
      for (const [stream, version] of batch) if (!untold.has(stream)) untold.set(stream, version);
      nextMs = tellAgainMs;
    }
    toldAtMs = clock.monotonicMs();
    telling = untold.size === 0 || stopped.signal.aborted ? undefined : pause(nextMs).then(send);
  }

  function note(messages: readonly unknown[]): string[] {
    const streams: string[] = [];
    for (const { s, n } of messages as Hint[]) {
      if (typeof s !== "string" || typeof n !== "number") continue;
      hinted.set(s, { version: Math.max(n, hinted.get(s)?.version ?? 0), atMs: clock.monotonicMs() });
      streams.push(s);
    }
    return streams;
  }

  async function run(onMoved: (stream: string) => void, signal: AbortSignal): Promise<void> {
    let at = offset;
    while (!signal.aborted) {
      try {
        for await (const batch of server.follow(streamName, at, signal)) {
          at = batch.offset;
          for (const stream of new Set(note(batch.messages))) onMoved(stream);
        }
      } catch {
        // The server is away; who needs to know sees that at its own calls.
      }
      if (!signal.aborted) await pause(againMs);
    }
  }

  return {
    tell,
    async moved(known) {
      const batch = await server.read(streamName, offset);
      // A server that begins anew begins with other offsets.
      if (batch && offset !== undefined && batch.offset < offset) offset = undefined;
      else if (batch) {
        note(batch.messages);
        offset = batch.offset;
      }
      const now = clock.monotonicMs();
      for (const [stream, { version, atMs }] of hinted)
        if (known(stream) >= version || now - atMs > staleMs) hinted.delete(stream);
      return [...hinted.keys()];
    },
    follow: (onMoved, signal) => void run(onMoved, AbortSignal.any([signal, stopped.signal])),
    async stop() {
      stopped.abort();
      await telling;
    },
  };
}
