import type { Entry, ReadOptions } from "../../src/ports/event-log.js";

const pageSize = 256;
const pageChars = 1_024 * 1_024;

/** Tails of streams. All tails of this process share one connection; a stream without readers costs nothing. */
export function createStreamTails(options: {
  /** Tells which streams others wrote to. */
  follow: (onMoved: (stream: string) => void, signal: AbortSignal) => void;
  read: (stream: string, options: ReadOptions) => Entry[];
  sync: (stream: string) => Promise<void>;
}) {
  const waiting = new Map<string, Set<() => void>>();
  const watched = new Map<string, number>();
  const closed = new AbortController();
  let following: AbortController | undefined;

  function publish(stream: string): void {
    const told = waiting.get(stream);
    waiting.delete(stream);
    for (const tell of told ?? []) tell();
  }

  function watch(stream: string): () => void {
    watched.set(stream, (watched.get(stream) ?? 0) + 1);
    if (!following) {
      following = new AbortController();
      const onMoved = (moved: string) => void (watched.has(moved) && options.sync(moved));
      options.follow(onMoved, AbortSignal.any([following.signal, closed.signal]));
    }
    return () => {
      const left = (watched.get(stream) ?? 1) - 1;
      if (left > 0) watched.set(stream, left);
      else watched.delete(stream);
      if (watched.size > 0) return;
      following?.abort();
      following = undefined;
    };
  }

  function nextChange(stream: string, signal: AbortSignal): { changed: Promise<void>; forget: () => void } {
    let tell = () => {};
    const changed = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const set = waiting.get(stream) ?? new Set();
    waiting.set(stream, set.add(tell));
    signal.addEventListener("abort", tell, { once: true });
    const forget = () => {
      set.delete(tell);
      signal.removeEventListener("abort", tell);
    };
    return { changed, forget };
  }

  async function* tail(stream: string, after: number, given: AbortSignal): AsyncIterable<Entry[]> {
    const signal = AbortSignal.any([given, closed.signal]);
    const unwatch = watch(stream);
    let at = after;
    try {
      await options.sync(stream);
      while (!signal.aborted) {
        const { changed, forget } = nextChange(stream, signal);
        const page = options.read(stream, { after: at, limit: pageSize, maxChars: pageChars });
        at = page.at(-1)?.version ?? at;
        if (page.length > 0) yield page;
        else await changed;
        forget();
      }
    } finally {
      unwatch();
    }
  }

  return { tail, publish, close: () => closed.abort() };
}
