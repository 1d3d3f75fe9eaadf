/**
 * Commands of one room on their way into the log, and whether a writer is at it. A value: each function gives the next one and changes nothing. At most one writer
 * a room; it takes everything that is queued as one batch, and ends when nothing is.
 */
export interface InFlight<Item> {
  /** Not in a batch yet, in the order they were submitted. */
  readonly queued: readonly Item[];
  /** A batch is being written, or is about to be. */
  readonly isWriting: boolean;
}

/** Nothing is on its way. */
export const nothingInFlight: InFlight<never> = { queued: [], isWriting: false };

/** A command joins the queue. `startsWriter`: no writer is at it yet, so the caller begins one. */
export function enqueue<Item>(state: InFlight<Item>, item: Item): { next: InFlight<Item>; startsWriter: boolean } {
  return { next: { queued: [...state.queued, item], isWriting: true }, startsWriter: !state.isWriting };
}

/** The writer takes the whole queue as its next batch. An empty batch: the writer has ended. */
export function takeBatch<Item>(state: InFlight<Item>): { next: InFlight<Item>; batch: readonly Item[] } {
  return { next: { queued: [], isWriting: state.queued.length > 0 }, batch: state.queued };
}

/** The queue joins the batch under way, because the batch is decided on again or has failed. The writer stays. */
export function joinBatch<Item>(
  state: InFlight<Item>,
  batch: readonly Item[],
): { next: InFlight<Item>; batch: readonly Item[] } {
  return { next: { queued: [], isWriting: true }, batch: [...batch, ...state.queued] };
}
