import type { Broadcast } from "../../src/ports/broadcast.js";
import type { Clock } from "../../src/ports/clock.js";
import type { StreamHead } from "../../src/ports/event-log.js";

/** Which streams other processes wrote to, as far as somebody here follows them. */
export interface Moves {
  /** Tells other processes that a stream has this version now. Never fails; what is told may be lost. */
  tell(stream: string, version: number): void;
  /** From now on words go through `broadcast`, too, and the database is asked less often. */
  hear(broadcast: Broadcast): void;
  /** Called when a stream is followed: the database is asked now and then for as long as one is. */
  watch(): void;
  stop(): Promise<void>;
}

interface MovesOptions {
  clock: Clock;
  /** Another for each life of a process. */
  instance: string;
  /** The streams that are followed here. */
  followed(): string[];
  /** Their heads, as the database has them; rejects while it is away. */
  headsOf(streams: readonly string[]): Promise<StreamHead[]>;
  /** A stream has this version now, or had it: what is not news is passed over. */
  onMoved(stream: string, version: number): void;
}

const topic = "log-moved";
/** Words are gathered this long: a room that moves a hundred times a second is told of forty times. */
const tellEveryMs = 25;
/** Pause between two looks at the heads: the only news without `broadcast`, and with it the net for what was lost. */
const pollAloneMs = 100;
const pollBesideMs = 1_000;

/** A hint as it is broadcast: the latest version of each stream. */
interface Hint {
  from: string;
  heads: [string, number][];
}

/** Tells and hears of moved streams; NOTIFY is not used, because it takes a lock of the whole server in every commit. */
export function createMoves({ clock, instance, followed, headsOf, onMoved }: MovesOptions): Moves {
  let broadcast: Broadcast | undefined;
  let endHearing = () => {};
  let untold = new Map<string, number>();
  let cancelTelling: (() => void) | undefined;
  let cancelPoll: (() => void) | undefined;
  let polling: Promise<void> | undefined;
  let isLooking = false;
  let isStopped = false;

  function tellAll(): void {
    cancelTelling = undefined;
    if (untold.size === 0) return;
    const hint: Hint = { from: instance, heads: [...untold] };
    untold = new Map();
    broadcast?.publish(topic, hint);
    cancelTelling = clock.after(tellEveryMs, tellAll);
  }

  function take(message: unknown): void {
    if (!isHint(message) || message.from === instance) return;
    for (const [stream, version] of message.heads) onMoved(stream, version);
  }

  async function poll(): Promise<void> {
    const streams = followed();
    if (streams.length === 0 || isStopped) return;
    isLooking = true;
    // While the database is away there is no news; its readers are told so.
    const heads = await headsOf(streams).catch(() => []);
    for (const { stream, version } of heads) onMoved(stream, version);
    isLooking = false;
    if (!isStopped) pollLater();
  }

  function pollLater(): void {
    cancelPoll = clock.after(broadcast ? pollBesideMs : pollAloneMs, () => {
      cancelPoll = undefined;
      polling = poll();
    });
  }

  return {
    tell(stream, version) {
      if (!broadcast || isStopped) return;
      untold.set(stream, version);
      cancelTelling ??= clock.after(0, tellAll);
    },
    hear(given) {
      endHearing();
      broadcast = given;
      endHearing = given.subscribe(topic, take);
    },
    watch() {
      // A look under way plans the next one itself; a second plan beside it would go on for ever.
      if (!cancelPoll && !isLooking && !isStopped) pollLater();
    },
    async stop() {
      isStopped = true;
      endHearing();
      cancelTelling?.();
      cancelPoll?.();
      await polling;
    },
  };
}

function isHint(message: unknown): message is Hint {
  const { from, heads } = (message ?? {}) as Partial<Hint>;
  return typeof from === "string" && Array.isArray(heads) && heads.every(isHead);
}

const isHead = (head: unknown) => Array.isArray(head) && typeof head[0] === "string" && typeof head[1] === "number";
