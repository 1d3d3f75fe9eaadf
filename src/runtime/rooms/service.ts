import type { Command } from "../../core/room/command.js";
import type { RoomCommit } from "../../core/room/commit.js";
import type { Decision } from "../../core/room/decide/decision.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import type { Logger } from "../../ports/logger.js";
import { PortError } from "../../ports/port-error.js";
import type { Snapshots } from "../../ports/snapshots.js";
import type { Wakeups } from "../../ports/wakeups.js";
import type { RoomCache } from "./cache.js";
import { createRoomCatchUp, type RoomCatchUp } from "./catch-up.js";
import { createDecider } from "./decider.js";
import { findStored } from "./find-stored.js";
import type { LogFormat } from "./format.js";
import type { HandToHolder } from "./hand-to-holder.js";
import type { DecideHere } from "./holder-call.js";
import { decisionOf, type Executed, executedAs, type LiveRoom, pendingCommand, rejectedSubmission } from "./live.js";
import type { Once } from "./once.js";
import type { PoolOf } from "./placement.js";
import { type ReadEvents, readCommits } from "./read-commits.js";
import { createRoomReader, type RoomReader } from "./reader.js";
import { createRoomWriter } from "./room-writer.js";
import type { WakeAgents } from "./wake.js";

/**
 * `decision` may build on commits that are not durable yet; `durable` resolves when all of them are. The decision of another process is known only when
 * it is durable.
 */
export interface Submitted {
  decision: Decision;
  durable: Promise<Executed>;
}

/** Everything that changes a room goes through here; so does every look at one. */
export interface RoomService extends RoomReader {
  /** Decides and stores. Resolves when it is durable; rejects with a `PortError` when the log cannot be written. */
  execute(roomId: string, command: Command, options?: { cause?: string }): Promise<Executed>;
  /** As `execute`, for callers that may act on the decision before it is durable: what they cause comes after it in the log. */
  submit(roomId: string, command: Command, options?: { cause?: string }): Promise<Submitted>;
  /** The events of a commit by its version; a version that cannot be read has none. Rejects with a `PortError` while the log does not show what the room has. */
  eventsAt(roomId: string, version: number): Promise<ReadEvents>;
  /** The same of several commits, with one read for those near each other; a version that cannot be read is absent. */
  commitsAt(roomId: string, versions: Iterable<number>): Promise<ReadonlyMap<number, ReadEvents>>;
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
  /** Where processes write each room at one of them: how commands get there, given how this one decides. Absent: every process decides its own. */
  shareWriting?: ((given: { catchUp: RoomCatchUp; decideHere: DecideHere }) => HandToHolder) | undefined;
  /** How agents are woken. Absent: through `wakeups`. */
  wakeAgents?: WakeAgents | undefined;
}

const cannotAsk = () =>
  new PortError("the log cannot be asked whether this may be done; nothing was stored, try again", {
    code: "unavailable",
    retryable: true,
  });

/** The room service of this process. */
export function createRoomService(options: RoomServiceOptions): RoomService {
  const { eventLog, cache, clock, isShared } = options;
  const catchUp = createRoomCatchUp(options);
  const reader = createRoomReader({ cache, catchUp, clock, isShared });
  const decider = createDecider(options);
  const writer = createRoomWriter({ ...options, decider });
  const handing = options.shareWriting?.({ catchUp, decideHere: submitHere });

  const loaded = async (roomId: string) => cache.get(roomId) ?? (await cache.load(roomId));

  async function submit(roomId: string, command: Command, how: { cause?: string } = {}): Promise<Submitted> {
    const live = await loaded(roomId);
    // What changes nothing needs no place in the log, and so nobody who writes it.
    if (!handing || !decider.changesSomething(live, command)) return submitHere(roomId, command, how);
    const handed = await handing.hand(live, command, how.cause);
    if (handed.kind === "settled")
      return { decision: decisionOf(handed.executed), durable: Promise.resolve(handed.executed) };
    const here = await submitHere(roomId, command, { ...how, ...handed });
    return handed.once ? decidedOnce(here) : here;
  }

  /**
   * The process that did not answer may have decided the command on a newer state of the room: a turn that takes more messages, for one. Nobody acts on
   * the decision of this process before it is known which of the two is stored.
   */
  async function decidedOnce({ decision, durable }: Submitted): Promise<Submitted> {
    const stored = await durable.catch(() => undefined);
    return { decision: stored ? decisionOf(stored) : decision, durable };
  }

  async function submitHere(
    roomId: string,
    command: Command,
    how: { cause?: string; once?: Once } = {},
  ): Promise<Submitted> {
    const live = await loaded(roomId);
    const stored = how.once && (await storedBefore(live, how.once));
    if (stored) return { decision: decisionOf(executedAs(stored)), durable: Promise.resolve(executedAs(stored)) };
    // The append checks accepted commands; a refusal must not rest on an old state of the room.
    const mayRestOnOldState = isShared && !decider.changesSomething(live, command);
    if (mayRestOnOldState && !(await catchUp.now(live)) && decider.isRefused(live, command)) throw cannotAsk();
    const { pending, durable } = pendingCommand(command, how);
    const needed = decider.settle(live, pending);
    if (needed !== undefined) {
      const rejection = await options.format.ensure(needed);
      return rejection ? rejectedSubmission(rejection) : submitHere(roomId, command, how);
    }
    writer.add(live, pending);
    return { decision: pending.decision, durable };
  }

  /** The commit of a command that another process may have decided, if this room has it. One that comes later makes the append lose its race, and is found then. */
  async function storedBefore(
    live: LiveRoom,
    { commitId, otherId, afterVersion }: Once,
  ): Promise<RoomCommit | undefined> {
    const ids = new Set([commitId, otherId]);
    const [oldest] = live.recent;
    if (oldest && oldest.version <= afterVersion + 1)
      return live.recent.find(({ id, version }) => version > afterVersion && ids.has(id));
    for (let after = afterVersion; after < live.durableVersion; ) {
      const upTo = live.durableVersion;
      const [commit] = (await findStored(live.stream, { ids, afterVersion: after }, eventLog)).values();
      if (commit) return commit;
      after = upTo;
    }
    return undefined;
  }

  const commitsAt = (roomId: string, versions: Iterable<number>) =>
    readCommits(versions, { roomId, live: cache.get(roomId), eventLog });

  return {
    submit,
    execute: async (roomId, command, execute) => (await submit(roomId, command, execute)).durable,
    ...reader,
    commitsAt,
    eventsAt: async (roomId, version) => (await commitsAt(roomId, [version])).get(version) ?? [],
  };
}
