import { createStream, type SourceListener, type Stream, type StreamOptions } from "./stream.js";

/** A stream over the browser's own event source, network state, clock and timers. `eventsUrl` is asked at each opening. */
export function openBrowserStream({
  eventsUrl,
  ...callbacks
}: { eventsUrl: () => string } & Pick<StreamOptions, "onOpen" | "onData" | "onConnection" | "probe">): Stream {
  return createStream({
    ...callbacks,
    open: (listener) => listen(eventsUrl(), listener),
    isOnline: () => navigator.onLine,
    nowMs: () => Date.now(),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    random: Math.random,
  });
}

function listen(url: string, { opened, message, failed }: SourceListener): EventSource {
  const source = new EventSource(url);
  source.addEventListener("open", opened);
  source.addEventListener("message", ({ data }: MessageEvent<string>) => message(data));
  source.addEventListener("error", () => failed(source.readyState === EventSource.CLOSED));
  return source;
}

/** Calls back when the device's network comes or goes, and `look` when the page is shown and every `everyMs`; returns the end of it. */
export function watchDevice({
  online,
  offline,
  look,
  everyMs,
}: {
  online: () => void;
  offline: () => void;
  look: () => void;
  everyMs: number;
}): () => void {
  addEventListener("online", online);
  addEventListener("offline", offline);
  document.addEventListener("visibilitychange", look);
  const timer = setInterval(look, everyMs);
  return () => {
    clearInterval(timer);
    removeEventListener("online", online);
    removeEventListener("offline", offline);
    document.removeEventListener("visibilitychange", look);
  };
}
