import { setImmediate as endOfTurn } from "node:timers/promises";
import type { RoomCommit } from "../../core/room/commit.js";
import { decidedAgain } from "../../core/room/decide/again.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Logger } from "../../ports/logger.js";
import { PortError } from "../../ports/port-error.js";
import type { Wakeups } from "../../ports/wakeups.js";
import type { RoomCache } from "./cache.js";
import type { Decider } from "./decider.js";
import { findStored } from "./find-stored.js";
import { enqueue, joinBatch, takeBatch } from "./in-flight.js";
import { executed, executedAs, type LiveRoom, type PendingCommand, rememberCommits } from "./live.js";
import { createLogWriter, type LogWriter, lostEveryRace, writeLimits } from "./log-writer.js";
import type { PoolOf } from "./placement.js";
import { type WakeAgents, wakeReaders } from "./wake.js";

/** Parts that the writer of rooms needs. */
export interface RoomWriterOptions {
  eventLog: EventLog;
  wakeups: Wakeups;
  clock: Clock;
  logger: Logger;
  cache: RoomCache;
  poolOf: PoolOf;
  decider: Decider;
  /** Absent: agents are woken through `wakeups`. */
  wakeAgents?: WakeAgents | undefined;
}

/** Brings what was decided on rooms into the log. */
export interface RoomWriter {
  /** Takes a command that was decided on; it resolves or rejects once its commit is durable or has failed. One writer per room: everything that was decided while the last append ran goes into the next. */
  add(live: LiveRoom, pending: PendingCommand): void;
}

/** The writer of all rooms of this process. */
export function createRoomWriter(options: RoomWriterOptions): RoomWriter {
  const { eventLog, clock, logger } = options;
  const writer = createLogWriter({
    eventLog,
    clock,
    onRetry: (stream, { error: { code }, attempt }) =>
      logger.warn({ roomId: stream.slice("room/".length), code, tries: attempt }, "an append failed; trying again"),
  });
  return {
    add(live, pending) {
      const { next, startsWriter } = enqueue(live.inFlight, pending);
      live.inFlight = next;
      if (startsWriter) void writeAll(live, writer, options);
    },
  };
}

async function writeAll(live: LiveRoom, writer: LogWriter, options: RoomWriterOptions): Promise<void> {
  for (;;) {
    // The event loop's turn ends first, so that what readers do at once (start, say, end) shares one append.
    if (live.inFlight.queued.length > 0) await endOfTurn();
    const { next, batch } = takeBatch(live.inFlight);
    live.inFlight = next;
    if (batch.length === 0) break;
    await writeBatch(live, batch, { writer, options });
  }
  live.advanced();
  options.cache.settled(live);
}

async function writeBatch(
  live: LiveRoom,
  taken: readonly PendingCommand[],
  { writer, options }: { writer: LogWriter; options: RoomWriterOptions },
): Promise<void> {
  let batch = taken;
  try {
    const commits = await writer.write({
      stream: live.stream,
      decide: async (conflicts) => {
        if (conflicts > 0) batch = await decideAgain(live, batch, options);
        return batch.flatMap((pending) => pending.commit ?? []);
      },
      // Commands join the batch after each lost race; each is given up by its own count.
      maxConflicts: Number.POSITIVE_INFINITY,
    });
    settleBatch(live, { batch, commits }, options);
  } catch (error) {
    failAll(live, { batch, error }, options);
  }
}

function settleBatch(
  live: LiveRoom,
  { batch, commits }: { batch: readonly PendingCommand[]; commits: readonly RoomCommit[] },
  options: RoomWriterOptions,
): void {
  live.durableVersion = commits.at(-1)?.version ?? live.durableVersion;
  rememberCommits(live, commits, options.cache.recentCommits);
  for (const pending of batch) pending.resolve(executed(pending));
  if (commits.length === 0) return;
  wakeReaders(live.room, commits, options);
  live.advanced();
}

/**
 * Another process wrote first: the room is read again, and every command whose commit is not in the log is decided again, in order.
 * Returns the commands to store now, with those that arrived meanwhile.
 */
async function decideAgain(
  live: LiveRoom,
  taken: readonly PendingCommand[],
  { cache, decider, eventLog }: RoomWriterOptions,
): Promise<PendingCommand[]> {
  for (const pending of taken) pending.tries += 1;
  const install = await cache.reload(live);
  const stored = await storedElsewhere(live, taken, eventLog);
  const { next, batch } = joinBatch(live.inFlight, taken);
  live.inFlight = next;
  install();
  return batch.filter((pending) => isStillToStore(live, pending, { decider, stored }));
}

/** Commits of these commands, and of those that wait behind them, that another process stored since they were handed to it. */
async function storedElsewhere(
  live: LiveRoom,
  taken: readonly PendingCommand[],
  eventLog: EventLog,
): Promise<ReadonlyMap<string, RoomCommit>> {
  const stored = new Map<string, RoomCommit>();
  const looked = new Set<string>();
  for (;;) {
    const handed = [...taken, ...live.inFlight.queued].flatMap(({ once }) => once ?? []);
    const ids = new Set(handed.map(({ otherId }) => otherId).filter((id) => !looked.has(id)));
    if (ids.size === 0) return stored;
    const afterVersion = Math.min(...handed.map((once) => once.afterVersion));
    for (const [id, commit] of await findStored(live.stream, { ids, afterVersion }, eventLog)) stored.set(id, commit);
    for (const id of ids) looked.add(id);
  }
}

/** Decides a command again on the room as others left it. False: it has ended, either way. */
function isStillToStore(
  live: LiveRoom,
  pending: PendingCommand,
  { decider, stored }: { decider: Decider; stored: ReadonlyMap<string, RoomCommit> },
): boolean {
  const commit = pending.once && stored.get(pending.once.otherId);
  if (commit) {
    pending.resolve(executedAs(commit));
    return false;
  }
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
  if (decider.settle(live, pending) === undefined) return true;
  const detail = "it needs a later format of the log now; nothing was stored, try again";
  pending.reject(new PortError(detail, { code: "unavailable", retryable: true }));
  return false;
}

/** None of these commands is known to be stored; the room is read again before the next one. */
function failAll(
  live: LiveRoom,
  { batch, error }: { batch: readonly PendingCommand[]; error: unknown },
  { cache, logger }: RoomWriterOptions,
): void {
  const { next, batch: failed } = joinBatch(live.inFlight, batch);
  live.inFlight = next;
  cache.drop(live);
  logger.error({ roomId: live.room.roomId, error, commands: failed.length }, "the log cannot be written");
  for (const pending of failed) pending.reject(error);
}
