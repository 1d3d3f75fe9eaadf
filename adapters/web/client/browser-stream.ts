import { canShareStreams, contendForRoom, openTabChannel } from "./browser-tabs.js";
import { openSharedSource } from "./shared-source.js";
import { createStream, type SourceListener, type Stream, type StreamOptions } from "./stream.js";
import type { PositionedListener } from "./tab-messages.js";

/**
 * A stream over the browser's own event source, network state, clock and timers. All tabs of a room share one where the
 * browser has locks. `after` is asked at each opening: the position that the stream continues from.
 */
export function openBrowserStream({
  roomId,
  after,
  eventsUrl,
  ...callbacks
}: { roomId: string; after: () => string; eventsUrl: (after: string) => string } & Pick<
  StreamOptions,
  "onOpen" | "onData" | "onConnection" | "probe"
>): Stream {
  const connect = (from: string, listener: PositionedListener) => listen(eventsUrl(from), listener);
  return createStream({
    ...callbacks,
    open: (listener) => (canShareStreams() ? share({ roomId, after, connect, listener }) : connect(after(), listener)),
    isOnline: () => navigator.onLine,
    nowMs: () => Date.now(),
    after: later,
    random: Math.random,
  });
}

function later(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}

interface SharedBy {
  roomId: string;
  after: () => string;
  connect: (after: string, listener: PositionedListener) => { close(): void };
  listener: SourceListener;
}

function share({ roomId, ...options }: SharedBy): { close(): void } {
  return openSharedSource({
    ...options,
    ...openTabChannel(roomId),
    contend: (lead, wait) => contendForRoom(roomId, { lead, wait }),
    later,
  });
}

function listen(url: string, { opened, message, failed }: PositionedListener): EventSource {
  const source = new EventSource(url);
  source.addEventListener("open", opened);
  source.addEventListener("message", ({ data, lastEventId }: MessageEvent<string>) => message(data, lastEventId));
  source.addEventListener("error", () => failed(source.readyState === EventSource.CLOSED));
  return source;
}

interface DeviceWatch {
  online: () => void;
  offline: () => void;
  /** The page is shown, and every `everyMs`. */
  look: () => void;
  everyMs: number;
  /** The page was hidden for `restAfterMs`. */
  rest: () => void;
  restAfterMs: number;
}

/** Calls back when the device's network comes or goes, and when the page is shown or hidden; returns the end of it. */
export function watchDevice({ online, offline, look, everyMs, rest, restAfterMs }: DeviceWatch): () => void {
  let restTimer: ReturnType<typeof setTimeout> | undefined;
  const changed = () => {
    clearTimeout(restTimer);
    if (document.hidden) restTimer = setTimeout(rest, restAfterMs);
    look();
  };
  addEventListener("online", online);
  addEventListener("offline", offline);
  document.addEventListener("visibilitychange", changed);
  const timer = setInterval(look, everyMs);
  if (document.hidden) changed();
  return () => {
    clearInterval(timer);
    clearTimeout(restTimer);
    removeEventListener("online", online);
    removeEventListener("offline", offline);
    document.removeEventListener("visibilitychange", changed);
  };
}
