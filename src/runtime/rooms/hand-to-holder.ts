import { setImmediate as endOfTurn } from "node:timers/promises";
import type { Command } from "../../core/room/command.js";
import type { Clock } from "../../ports/clock.js";
import type { FleetCalls } from "../../ports/fleet-calls.js";
import type { Ids } from "../../ports/ids.js";
import type { RoomCatchUp } from "./catch-up.js";
import type { CommandResult, HolderAnswer, HolderCall } from "./holder-call.js";
import { enqueue, type InFlight, nothingInFlight, takeBatch } from "./in-flight.js";
import type { Executed, LiveRoom } from "./live.js";
import type { Once } from "./once.js";
import type { RoomHolders } from "./room-holders.js";

/** Result of handing a command over. `here`: this process has to decide it; `once` is set if another one may have decided it already. */
export type Handed = { kind: "settled"; executed: Executed } | { kind: "here"; once?: Once };

/** Result of a handed-over command, for the metrics. */
export type HandedOutcome = "decided" | "elsewhere" | "unanswered";

/** Hands commands to the process that writes their room, so that processes do not lose races against each other. */
export interface HandToHolder {
  /** Resolves when the command is durable, or has to be decided here. Never rejects. Commands for one room keep their order. */
  hand(live: LiveRoom, command: Command, cause: string | undefined): Promise<Handed>;
}

interface Waiting {
  live: LiveRoom;
  node: string;
  command: Command;
  cause: string | undefined;
  /** Ids of its commit: one if the holder decides it, one if this process does. */
  ids: { there: string; here: string };
  resolve: (handed: Handed) => void;
}

/** Without an answer within this time the command is decided here. */
const timeoutMs = 500;
/** How long a process that did not answer is not asked again. */
const leaveAloneMs = 3_000;
/** Most commands in one call. */
const maxCommands = 64;

export interface HandToHolderOptions {
  calls: FleetCalls;
  holders: RoomHolders;
  catchUp: RoomCatchUp;
  clock: Clock;
  ids: Ids;
  /** Parley's version. */
  parley: string;
  /** Called with the result of each command. */
  onHanded?: ((outcome: HandedOutcome) => void) | undefined;
}

/** One call per room at a time: commands that arrive meanwhile go with the next one. */
export function createHandToHolder(options: HandToHolderOptions): HandToHolder {
  const { holders, clock, ids } = options;
  const inFlight = new Map<string, InFlight<Waiting>>();
  const silentUntilMs = new Map<string, number>();

  function start(roomId: string, waiting: Waiting): void {
    const { next, startsWriter } = enqueue(inFlight.get(roomId) ?? nothingInFlight, waiting);
    inFlight.set(roomId, next);
    if (startsWriter) void sendAll(roomId);
  }

  async function sendAll(roomId: string): Promise<void> {
    for (;;) {
      // Commands from the same turn of the event loop share a call.
      await endOfTurn();
      const { next, batch } = takeBatch(inFlight.get(roomId) ?? nothingInFlight);
      inFlight.set(roomId, next);
      const [first] = batch;
      if (!first) break;
      for (let at = 0; at < batch.length; at += maxCommands)
        await sendOne(roomId, first.node, batch.slice(at, at + maxCommands));
    }
    inFlight.delete(roomId);
  }

  async function sendOne(roomId: string, node: string, batch: readonly Waiting[]): Promise<void> {
    const live = batch.at(-1)?.live as LiveRoom;
    const afterVersion = live.durableVersion;
    const results = await resultsOf({ roomId, node, live, afterVersion, batch }, options);
    if (!results) silentUntilMs.set(node, clock.monotonicMs() + leaveAloneMs);
    if (!results || results === "elsewhere") holders.gone(roomId);
    for (const [index, waiting] of batch.entries()) {
      const handed = handedAs(waiting, results === "elsewhere" ? results : results?.[index], afterVersion);
      options.onHanded?.(outcomeOf(handed));
      waiting.resolve(handed);
    }
  }

  return {
    async hand(live, command, cause) {
      const { roomId } = live.room;
      const node = await holders.elsewhere(roomId);
      // What follows a commit that this process has not stored yet is decided after it, which no other process can do.
      if (live.inFlight.isWriting) return { kind: "here" };
      if (node === undefined || (silentUntilMs.get(node) ?? 0) > clock.monotonicMs()) return { kind: "here" };
      const own = { there: ids.next(), here: ids.next() };
      return new Promise((resolve) => start(roomId, { live, node, command, cause, ids: own, resolve }));
    },
  };
}

/** The results; undefined without an answer: each command may or may not have been decided. */
async function resultsOf(
  asked: { roomId: string; node: string; live: LiveRoom; afterVersion: number; batch: readonly Waiting[] },
  { calls, catchUp, parley }: HandToHolderOptions,
): Promise<readonly CommandResult[] | "elsewhere" | undefined> {
  const { roomId, node, live, afterVersion, batch } = asked;
  const commands = batch.map(({ command, ids, cause }) => ({
    commitId: ids.there,
    otherId: ids.here,
    command,
    ...(cause !== undefined && { cause }),
  }));
  const call: HolderCall = { parley, roomId, afterVersion, canHold: calls.isReachable(), commands };
  const answer = (await calls.call(node, call, { timeoutMs }).catch(() => undefined)) as HolderAnswer | undefined;
  if (answer?.kind !== "decided") return answer?.kind;
  // The room now has the effects that the senders of these commands expect to see.
  if (answer.commits) catchUp.take(live, answer.commits);
  const last = Math.max(0, ...answer.results.map((result) => (result.kind === "settled" ? versionIn(result) : 0)));
  if (live.durableVersion < last) await catchUp.now(live);
  return answer.results;
}

function versionIn({ executed }: { executed: Executed }): number {
  return executed.kind === "rejected" ? 0 : executed.version;
}

/** Maps a result: decided elsewhere, not decided there, or unknown. */
function handedAs({ ids }: Waiting, result: CommandResult | "elsewhere" | undefined, afterVersion: number): Handed {
  if (result === "elsewhere") return { kind: "here" };
  if (result?.kind === "settled") return result;
  return { kind: "here", once: { commitId: ids.here, otherId: ids.there, afterVersion } };
}

function outcomeOf(handed: Handed): HandedOutcome {
  if (handed.kind === "settled") return "decided";
  return handed.once ? "unanswered" : "elsewhere";
}
