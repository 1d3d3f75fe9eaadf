/** Why a viewer's stream ended: it went away, did not read, or was told to stop. */
export type ViewerEnd = "left" | "cut" | "ended";

/** The bytes on their way to one viewer. What it has not read is bounded: a viewer too far behind is cut. */
export interface ViewerStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly ended: boolean;
  /** Hands bytes over; a viewer with `maxUnreadBytes` or more unread is cut instead. */
  write(bytes: Uint8Array): void;
  /** Resolves once it has read enough to take more; false when it has ended. */
  ready(): Promise<boolean>;
  /** Ends the stream after what was handed over. */
  end(): void;
  /** Breaks it off, so that its reader knows that something is missing. */
  fail(error: unknown): void;
}

/** Bytes a viewer may be behind. */
export const maxUnreadBytes = 256 * 1_024;

export function createViewerStream(options: {
  onEnd: (end: ViewerEnd) => void;
  /** Default 256 KiB. */
  maxUnreadBytes?: number;
}): ViewerStream {
  const highWaterMark = options.maxUnreadBytes ?? maxUnreadBytes;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
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
    if (end !== "left") controller?.close();
    tellWaiting(false);
    options.onEnd(end);
  }

  const room = () => controller?.desiredSize ?? 0;
  const body = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given;
      },
      pull: () => tellWaiting(true),
      cancel: () => finish("left"),
    },
    new ByteLengthQueuingStrategy({ highWaterMark }),
  );

  return {
    body,
    get ended() {
      return ended;
    },
    write(bytes) {
      if (ended) return;
      if (room() <= 0) finish("cut");
      else controller?.enqueue(bytes);
    },
    ready() {
      if (ended) return Promise.resolve(false);
      if (room() > 0) return Promise.resolve(true);
      return new Promise((resolve) => waiting.push(resolve));
    },
    end: () => finish("ended"),
    fail(error) {
      if (ended) return;
      ended = true;
      controller?.error(error);
      tellWaiting(false);
      options.onEnd("ended");
    },
  };
}
