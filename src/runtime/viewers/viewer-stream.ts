import type { Writable } from "node:stream";

/** Reason for the end of a viewer's stream: disconnected, too slow, or ended by the server. */
export type ViewerEnd = "left" | "cut" | "ended";

/** Bytes in flight to one viewer. The unread amount is bounded: a viewer too far behind is cut. */
export interface ViewerStream {
  readonly ended: boolean;
  /** Sends bytes, or cuts a viewer with `maxUnreadBytes` or more unread. */
  write(bytes: Uint8Array): void;
  /** Resolves to true once the viewer can take more, to false if the stream has ended. */
  ready(): Promise<boolean>;
  /** Ends the stream after the bytes sent so far. */
  end(): void;
}

/** Maximum unread bytes of a viewer, in addition to the socket buffer. */
export const maxUnreadBytes = 256 * 1_024;

/** Writes directly to the server's response `out`, because any layer in between would cost once per viewer. */
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
    // Otherwise unread bytes could stay in the socket indefinitely.
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
      // A viewer that left before this point emits no close event.
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
