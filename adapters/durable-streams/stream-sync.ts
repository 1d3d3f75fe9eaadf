import type { Logger } from "../../src/ports/logger.js";
import type { LocalCopy } from "./local-copy.js";
import { applyMessage } from "./messages.js";
import type { ReadBatch, StreamServer } from "./server.js";

/** Brings the local copy of a stream up to date with the server. */
export interface StreamSync {
  /** Resolves when everything the server had acknowledged before the call is in the copy. */
  sync(stream: string): Promise<void>;
  /** The life of the server that the copy was read from last; undefined where the server has none. */
  lifeOf(stream: string): string | undefined;
  /** Keeps commits that are known to be the winners and all there is between the end of the copy and `end`, without reading them. */
  keepOwn(stream: string, end: string, commits: readonly OwnCommit[]): void;
  /** Messages that the server lost or took twice, in words; undefined: none. */
  losses(): string | undefined;
  settled(): Promise<void>;
}

/** A commit this process wrote, as JSON text. */
export interface OwnCommit {
  version: number;
  id: string;
  text: string;
}

interface Running {
  done: Promise<void>;
  next?: Promise<void>;
}

export function createStreamSync(options: {
  server: StreamServer;
  copy: LocalCopy;
  logger: Logger;
  onKept: (stream: string) => void;
}): StreamSync {
  const { server, copy, logger, onKept } = options;
  const running = new Map<string, Running>();
  const lives = new Map<string, string | undefined>();
  const lost = new Set<string>();
  let holes = 0;
  let foreign = 0;

  /** A read under way may have started too early for this caller: such callers share the next one. */
  function sync(stream: string): Promise<void> {
    const now = running.get(stream);
    if (!now) return begin(stream);
    now.next ??= now.done.catch(() => undefined).then(() => begin(stream));
    return now.next;
  }

  function begin(stream: string): Promise<void> {
    const work = syncOnce(stream);
    const entry: Running = { done: work };
    running.set(stream, entry);
    const settle = () => {
      if (running.get(stream) === entry && !entry.next) running.delete(stream);
    };
    work.then(settle, settle);
    return work;
  }

  async function syncOnce(stream: string): Promise<void> {
    const known = copy.get(stream);
    const from = known?.offset;
    const batch = await server.read(stream, from);
    if (!batch) {
      if (known && known.version > 0) forget(stream, "it does not have the stream any more");
      return;
    }
    lives.set(stream, batch.life);
    if (from !== undefined && batch.offset < from) {
      if (await isStillWriting(stream, from)) return;
      forget(stream, "its stream ends before what was read from it");
      return syncOnce(stream);
    }
    apply(stream, batch);
  }

  /** The server shows a message that it has not quite stored yet, and then says for a moment that the stream ends before it. */
  async function isStillWriting(stream: string, offset: string): Promise<boolean> {
    const whole = await server.read(stream, undefined);
    return whole !== undefined && whole.offset >= offset;
  }

  function apply(stream: string, { messages, offset }: ReadBatch): void {
    const current = copy.of(stream);
    if (messages.length === 0 && current.offset === offset) return;
    const kept: { version: number; text: string }[] = [];
    const before = current.holes;
    for (const message of messages) {
      const applied = applyMessage(current, message);
      if (applied.kind === "kept") kept.push(applied);
      if (applied.kind !== "foreign") continue;
      foreign += 1;
      logger.error({ stream, offset, reason: applied.reason }, "a message on the stream server was set aside");
    }
    if (current.holes > before) {
      holes += current.holes - before;
      logger.error({ stream, version: current.version }, "the stream server lost commits of this stream");
    }
    // This process may have moved the end by a write meanwhile.
    if (current.offset === undefined || offset > current.offset) current.offset = offset;
    copy.keep(stream, current, kept);
    if (kept.length > 0) onKept(stream);
  }

  function keepOwn(stream: string, end: string, commits: readonly OwnCommit[]): void {
    const current = copy.of(stream);
    const { version, id } = commits.at(-1) ?? current;
    Object.assign(current, { version, id, voided: [], offset: end });
    copy.keep(stream, current, commits);
    onKept(stream);
  }

  function forget(stream: string, why: string): void {
    lost.add(stream);
    lives.delete(stream);
    logger.error({ stream, why }, "the stream server lost what it had acknowledged; the room is as the server has it");
    copy.drop(stream);
  }

  return {
    sync,
    lifeOf: (stream) => lives.get(stream),
    keepOwn,
    losses() {
      const parts = [
        lost.size > 0 ? `it lost the end of ${lost.size} streams` : "",
        holes > 0 ? `${holes} holes in the versions` : "",
        foreign > 0 ? `${foreign} messages that are none of Parley's` : "",
      ].filter((part) => part !== "");
      return parts.length === 0 ? undefined : `the stream server: ${parts.join("; ")}`;
    },
    settled: async () =>
      void (await Promise.allSettled([...running.values()].flatMap(({ done, next }) => [done, next]))),
  };
}
