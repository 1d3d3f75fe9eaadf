import { setImmediate as endOfTurn } from "node:timers/promises";
import type { Command } from "../../core/room/command.js";
import type { RoomCommit } from "../../core/room/commit.js";
import { decidedAgain } from "../../core/room/decide/again.js";
import type { DecideContext, Decision } from "../../core/room/decide/decision.js";
import { decide } from "../../core/room/decide.js";
import { applyCommit } from "../../core/room/fold.js";
import { formatNeededBy } from "../../core/room/format.js";
import type { Room } from "../../core/room/room.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import type { Logger } from "../../ports/logger.js";
import { PortError } from "../../ports/port-error.js";
import type { Snapshots } from "../../ports/snapshots.js";
import type { Wakeups } from "../../ports/wakeups.js";
import type { RoomCache } from "./cache.js";
import { createRoomCatchUp } from "./catch-up.js";
import type { LogFormat } from "./format.js";
import {
  commandActor,
  type Executed,
  executed,
  type LiveRoom,
  type PendingCommand,
  pendingCommand,
  rejectedSubmission,
} from "./live.js";
import { createLogWriter, lostEveryRace, writeLimits } from "./log-writer.js";
import type { PoolOf } from "./placement.js";
import { type ReadEvents, readCommits } from "./read-commits.js";
import { wakeReaders } from "./wake.js";

/** `decision` is known at once and may build on commits that are not durable yet; `durable` resolves when all of them are. */
export interface Submitted {
  decision: Decision;
  durable: Promise<Executed>;
}

/** Everything that changes a room goes through here; so does every look at one. */
export interface RoomService {
  /** Decides and stores. Resolves when it is durable; rejects with a `PortError` when the log cannot be written. */
  execute(roomId: string, command: Command, options?: { cause?: string }): Promise<Executed>;
  /** As `execute`, for callers that may act on the decision before it is durable: what they cause comes after it in the log. */
  submit(roomId: string, command: Command, options?: { cause?: string }): Promise<Submitted>;
  /**
   * What `look` sees in the room, once that is durable. `atLeast`: first waits (at most 2 s) for that version.
   * `look` MUST NOT keep or change the room. Undefined: no such room.
   */
  read<T>(roomId: string, look: (room: Room) => T, options?: { atLeast?: number }): Promise<T | undefined>;
  /** What `look` sees now, commits included that are not durable yet: for readers whose own commits come after those. `atLeast` as in `read`. */
  peek<T>(roomId: string, look: (room: Room) => T, options?: PeekOptions): Promise<T>;
  /** Resolves once the room is durable up to `version`. */
  durable(roomId: string, version: number): Promise<void>;
  /** The events of a commit by its version; a version that cannot be read has none. */
  eventsAt(roomId: string, version: number): Promise<ReadEvents>;
  /** The same of several commits, with one read for those near each other; a version that cannot be read is absent. */
  commitsAt(roomId: string, versions: Iterable<number>): Promise<ReadonlyMap<number, ReadEvents>>;
}

/** `fresh`: with everything other processes had written when it was asked. */
export interface PeekOptions {
  atLeast?: number;
  fresh?: boolean;
}

/** Parts that the room service needs. */
export interface RoomServiceOptions {
  eventLog: EventLog;
  snapshots: Snapshots;
  wakeups: Wakeups;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  cache: RoomCache;
  sha256: (text: string) => string;
  poolOf: PoolOf;
  /** True where other processes write to the same log: rooms in memory may be behind it. */
  isShared: boolean;
  format: LogFormat;
}

const atLeastWaitMs = 2_000;
/** Others may write what is waited for: the log is asked again after this. */
const lookAgainMs = 100;

const unavailable = (message: string) => new PortError(message, { code: "unavailable", retryable: true });

/** The room service of this process. */
export function createRoomService(options: RoomServiceOptions): RoomService {
  const { eventLog, cache, clock, ids, sha256, isShared } = options;
  const catchUp = createRoomCatchUp(options);
  const writer = createLogWriter({
    eventLog,
    clock,
    onRetry: (stream, { error: { code }, attempt }) =>
      options.logger.warn(
        { roomId: stream.slice("room/".length), code, tries: attempt },
        "an append failed; trying again",
      ),
  });

  async function submit(roomId: string, command: Command, { cause }: { cause?: string } = {}): Promise<Submitted> {
    const live = cache.get(roomId) ?? (await cache.load(roomId));
    if (isShared && !changesSomething(live, command) && !(await catchUp.now(live)) && isRefused(live, command))
      throw unavailable("the log cannot be asked whether this may be done; nothing was stored, try again");
    const { pending, durable } = pendingCommand(command, cause);
    const needed = settleDecision(live, pending);
    if (needed !== undefined) {
      const rejection = await options.format.ensure(needed);
      return rejection ? rejectedSubmission(rejection) : submit(roomId, command, cause === undefined ? {} : { cause });
    }
    live.queue.push(pending);
    if (!live.writing) void write(live);
    return { decision: pending.decision, durable };
  }

  /** Only commands with an actor; internal turn commands are decided again on a conflict anyway. */
  const isRefused = (live: LiveRoom, command: Command): boolean =>
    "by" in command && decide(live.room, command, { nowMs: clock.nowMs(), sha256 }).kind === "rejected";

  /** The append checks accepted commands; a refusal must not rest on an old state of the room. */
  function changesSomething(live: LiveRoom, command: Command): boolean {
    const decision = decide(live.room, command, { nowMs: clock.nowMs(), sha256 });
    return decision.kind === "accepted" && decision.events.length > 0;
  }

  /** The room in memory, as new as was asked for. */
  async function seenAs(roomId: string, { atLeast, fresh = false }: PeekOptions): Promise<LiveRoom> {
    const live = cache.get(roomId) ?? (await cache.load(roomId));
    if (atLeast !== undefined && live.room.version < atLeast) await waitForVersion(live, atLeast);
    else if (isShared && fresh) await catchUp.now(live);
    return live;
  }

  /**
   * Decides on the room as it is with everything that was decided before, durable or not. Gives the format the log has to be raised to first; the room is then
   * as it was.
   */
  function settleDecision(live: LiveRoom, pending: PendingCommand): number | undefined {
    const context: DecideContext = { nowMs: clock.nowMs(), sha256 };
    const decision = decide(live.room, pending.command, context);
    pending.decision = decision;
    pending.commit = undefined;
    if (decision.kind !== "accepted" || decision.events.length === 0) return undefined;
    const needed = formatNeededBy(decision.events);
    if (needed > options.format.current) return needed;
    const commit: RoomCommit = {
      id: ids.next(),
      version: live.room.version + 1,
      parent: live.room.commitId,
      at: context.nowMs,
      by: commandActor(pending.command),
      ...(pending.cause !== undefined && { cause: pending.cause }),
      events: decision.events,
    };
    applyCommit(live.room, commit, commit.events);
    pending.commit = commit;
    return undefined;
  }

  /** One writer a room: everything that was decided while the last append ran goes into the next. */
  async function write(live: LiveRoom): Promise<void> {
    live.writing = true;
    while (live.queue.length > 0) {
      // The event loop's turn ends first, so that what readers do at once (start, say, end) shares one append.
      await endOfTurn();
      const batch = live.queue;
      live.queue = [];
      await writeBatch(live, batch);
    }
    live.writing = false;
    live.advanced();
    cache.settled(live);
  }

  async function writeBatch(live: LiveRoom, taken: PendingCommand[]): Promise<void> {
    let batch = taken;
    try {
      const commits = await writer.write({
        stream: live.stream,
        decide: async (conflicts) => {
          if (conflicts > 0) batch = await decideAgain(live, batch);
          return batch.flatMap((pending) => pending.commit ?? []);
        },
        // Commands join the batch after each lost race; each is given up by its own count.
        maxConflicts: Number.POSITIVE_INFINITY,
      });
      settleBatch(live, batch, commits);
    } catch (error) {
      failAll(live, batch, error);
    }
  }

  function settleBatch(live: LiveRoom, batch: readonly PendingCommand[], commits: readonly RoomCommit[]): void {
    live.durableVersion = commits.at(-1)?.version ?? live.durableVersion;
    remember(live, commits);
    for (const pending of batch) pending.resolve(executed(pending));
    if (commits.length === 0) return;
    wakeReaders(live.room, commits, options);
    live.advanced();
  }

  /**
   * Another process wrote first: the room is read again, and every command whose commit is not in the log is decided again, in order.
   * Returns the commands to store now, with those that arrived meanwhile.
   */
  async function decideAgain(live: LiveRoom, batch: PendingCommand[]): Promise<PendingCommand[]> {
    for (const pending of batch) pending.tries += 1;
    const install = await cache.reload(live);
    const again = [...batch, ...live.queue];
    live.queue = [];
    install();
    return again.filter((pending) => {
      if (pending.tries > writeLimits.maxConflicts) {
        pending.reject(lostEveryRace("this room"));
        return false;
      }
      const command = decidedAgain(pending.command, pending.decision);
      if (!command) {
        pending.resolve(executed(pending));
        return false;
      }
      pending.command = command;
      if (settleDecision(live, pending) === undefined) return true;
      pending.reject(unavailable("it needs a later format of the log now; nothing was stored, try again"));
      return false;
    });
  }

  /** None of these commands is known to be stored; the room is read again before the next one. */
  function failAll(live: LiveRoom, batch: readonly PendingCommand[], error: unknown): void {
    const failed = [...batch, ...live.queue];
    live.queue = [];
    cache.drop(live);
    options.logger.error({ roomId: live.room.roomId, error, commands: failed.length }, "the log cannot be written");
    for (const pending of failed) pending.reject(error);
  }

  function remember(live: LiveRoom, commits: readonly RoomCommit[]): void {
    for (const commit of commits) live.recent.push(commit);
    const extra = live.recent.length - cache.recentCommits;
    if (extra > cache.recentCommits) live.recent.splice(0, extra);
  }

  async function read<T>(
    roomId: string,
    look: (room: Room) => T,
    { atLeast }: { atLeast?: number } = {},
  ): Promise<T | undefined> {
    for (;;) {
      const live = await seenAs(roomId, { ...(atLeast !== undefined && { atLeast }), fresh: true });
      if (live.room.status === "none") {
        if (!live.writing) cache.drop(live);
        return undefined;
      }
      const { room } = live;
      const { version } = room;
      const seen = look(room);
      await durable(live, version);
      // A state that could not be stored never existed: look again.
      if (live.room === room && live.durableVersion >= version) return seen;
    }
  }

  const peek: RoomService["peek"] = async (roomId, look, how = {}) => look((await seenAs(roomId, how)).room);

  async function waitForVersion(live: LiveRoom, version: number): Promise<void> {
    const giveUpAtMs = clock.monotonicMs() + atLeastWaitMs;
    while (live.durableVersion < version && clock.monotonicMs() < giveUpAtMs) {
      const before = live.durableVersion;
      await catchUp.now(live);
      if (live.durableVersion > before || live.durableVersion >= version) continue;
      await live.nextAdvance(clock, Math.min(lookAgainMs, giveUpAtMs - clock.monotonicMs()));
    }
  }

  /** The state may include commits still being written; it is shown only once they are durable. */
  async function durable(live: LiveRoom, version: number): Promise<void> {
    while (live.durableVersion < version && live.writing) await live.nextAdvance(clock, atLeastWaitMs);
  }

  const commitsAt = (roomId: string, versions: Iterable<number>) =>
    readCommits(versions, { roomId, live: cache.get(roomId), eventLog });

  return {
    submit,
    execute: async (roomId, command, execute) => (await submit(roomId, command, execute)).durable,
    read,
    peek,
    durable: async (roomId, version) => {
      const live = cache.get(roomId);
      if (live) await durable(live, version);
    },
    commitsAt,
    eventsAt: async (roomId, version) => (await commitsAt(roomId, [version])).get(version) ?? [],
  };
}
