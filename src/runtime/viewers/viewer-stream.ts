import type { Writable } from "node:stream";

/** Why a viewer's stream ended: it went away, did not read, or was told to stop. */
export type ViewerEnd = "left" | "cut" | "ended";

/** The bytes on their way to one viewer. What it has not read is bounded: a viewer too far behind is cut. */
export interface ViewerStream {
  readonly ended: boolean;
  /** Hands bytes over; a viewer with `maxUnreadBytes` or more unread is cut instead. */
  write(bytes: Uint8Array): void;
  /** Resolves once it has read enough to take more; false when it has ended. */
  ready(): Promise<boolean>;
  /** Ends the stream after what was handed over. */
  end(): void;
}

/** Bytes a viewer may be behind, beside what the system holds for its socket. */
export const maxUnreadBytes = 256 * 1_024;

/** Writes to `out` itself, a server's response: the same bytes go to many, and anything in between would be paid once a viewer. */
export function createViewerStream(
  out: Writable,
  options: {
    onEnd: (end: ViewerEnd) => void;
    /** Default 256 KiB. */
    maxUnreadBytes?: number;
  },
): ViewerStream {
  const maxUnread = options.maxUnreadBytes ?? maxUnreadBytes;
  let ended = false;
  let waiting: ((goOn: boolean) => void)[] = [];

  function tellWaiting(goOn: boolean): void {
    const told = waiting;
    waiting = [];
    for (const tell of told) tell(goOn);
  }

  function finish(end: ViewerEnd): void {
    if (ended) return;
    ended = true;
    // What it did not read would wait in the socket for as long as it likes.
    if (end === "cut") out.destroy();
    if (end === "ended") out.end();
    tellWaiting(false);
    options.onEnd(end);
  }

  const isFull = () => out.writableLength >= maxUnread && out.writableNeedDrain;
  out.on("drain", () => tellWaiting(true));
  out.on("close", () => finish("left"));
  out.on("error", () => finish("left"));

  return {
    get ended() {
      return ended;
    },
    write(bytes) {
      if (ended) return;
      // Who went before this stream was made is never told of as closed.
      if (out.destroyed) finish("left");
      else if (isFull()) finish("cut");
      else out.write(bytes);
    },
    ready() {
      if (ended) return Promise.resolve(false);
      if (!isFull()) return Promise.resolve(true);
      return new Promise((resolve) => waiting.push(resolve));
    },
    end: () => finish("ended"),
  };
}
