/** The page's connection status; it is never `live` without a connection. */
export type Connection =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "interrupted"; sinceMs: number }
  /** The device itself has no network. */
  | { state: "offline"; sinceMs: number };

/** The events of a source. */
export interface SourceListener {
  opened(): void;
  message(data: string): void;
  /** `gaveUp`: it will not try again by itself. */
  failed(gaveUp: boolean): void;
}

export interface StreamOptions {
  /** Opens the stream after the last position received. */
  open: (listener: SourceListener) => { close(): void };
  onOpen: () => void;
  onData: (data: string) => void;
  onConnection: (connection: Connection) => void;
  /** Asked when the stream was refused: `gone` ends everything, `retry` tries again later. */
  probe: () => Promise<"gone" | "retry">;
  isOnline: () => boolean;
  nowMs: () => number;
  /** Calls back once after `ms`; returns a function that cancels it. */
  after: (delayMs: number, callback: () => void) => () => void;
  /** From 0 to 1, to spread pages that lost the same server. */
  random: () => number;
}

export interface Stream {
  /** Starts over at once: the network is back, or the stream was found to be behind. */
  reopen(): void;
  /** The device lost its network. */
  lost(): void;
  /** Gives the connection up, until it is opened again. */
  rest(): void;
  close(): void;
}

const firstDelayMs = 500;
const longestDelayMs = 15_000;

/**
 * One event stream that stays. A broken connection is resumed by the browser itself with Last-Event-ID; a refused one
 * (the browser gives up then) is reopened here with growing delays, after asking whether the room is still there.
 */
export function createStream(options: StreamOptions): Stream {
  let source: { close(): void } | undefined;
  /** Counts sources, so that one that was left behind is not listened to. */
  let current = 0;
  let cancelTimer: (() => void) | undefined;
  let refusals = 0;
  let brokenSinceMs: number | undefined;
  let isClosed = false;

  function open(): void {
    stop();
    current += 1;
    const mine = current;
    source = options.open({
      opened() {
        if (mine !== current) return;
        refusals = 0;
        brokenSinceMs = undefined;
        options.onConnection({ state: "live" });
        options.onOpen();
      },
      message(data) {
        if (mine === current) options.onData(data);
      },
      failed(gaveUp) {
        if (mine !== current) return;
        broken();
        if (gaveUp) void refused();
      },
    });
  }

  function broken(): void {
    brokenSinceMs ??= options.nowMs();
    options.onConnection({ state: options.isOnline() ? "interrupted" : "offline", sinceMs: brokenSinceMs });
  }

  async function refused(): Promise<void> {
    stop();
    const verdict = await options.probe();
    if (isClosed || source || cancelTimer || verdict === "gone") return;
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** refusals) * (0.5 + options.random() / 2);
    refusals += 1;
    cancelTimer = options.after(delayMs, open);
  }

  function stop(): void {
    source?.close();
    source = undefined;
    cancelTimer?.();
    cancelTimer = undefined;
  }

  options.onConnection({ state: "connecting" });
  open();
  return {
    reopen() {
      if (!isClosed) open();
    },
    lost: broken,
    rest() {
      current += 1;
      stop();
    },
    close() {
      isClosed = true;
      stop();
    },
  };
}
