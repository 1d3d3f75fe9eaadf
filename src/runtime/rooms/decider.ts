import type { Command } from "../../core/room/command.js";
import type { RoomCommit } from "../../core/room/commit.js";
import type { DecideContext } from "../../core/room/decide/decision.js";
import { decide } from "../../core/room/decide.js";
import { applyCommit } from "../../core/room/fold.js";
import { formatNeededBy } from "../../core/room/format.js";
import type { Clock } from "../../ports/clock.js";
import type { Ids } from "../../ports/ids.js";
import type { LogFormat } from "./format.js";
import { commandActor, type LiveRoom, type PendingCommand } from "./live.js";

/** Decides commands on rooms in memory, with the time and new ids of this process. */
export interface Decider {
  /** Whether the command would add events to the room as it is in memory. */
  changesSomething(live: LiveRoom, command: Command): boolean;
  /** Whether the room as it is in memory refuses it. */
  isRefused(live: LiveRoom, command: Command): boolean;
  /**
   * Decides on the room as it is with everything that was decided before, durable or not, and applies what follows to it. Gives the format the log has to be raised
   * to first; the room is then as it was.
   */
  settle(live: LiveRoom, pending: PendingCommand): number | undefined;
}

/** A decider of this process. */
export function createDecider(options: {
  clock: Clock;
  ids: Ids;
  sha256: (text: string) => string;
  format: Pick<LogFormat, "current">;
}): Decider {
  const { clock, ids, sha256, format } = options;
  const contextNow = (): DecideContext => ({ nowMs: clock.nowMs(), sha256 });
  return {
    changesSomething(live, command) {
      const decision = decide(live.room, command, contextNow());
      return decision.kind === "accepted" && decision.events.length > 0;
    },
    isRefused: (live, command) => decide(live.room, command, contextNow()).kind === "rejected",
    settle(live, pending) {
      const context = contextNow();
      const decision = decide(live.room, pending.command, context);
      pending.decision = decision;
      pending.commit = undefined;
      if (decision.kind !== "accepted" || decision.events.length === 0) return undefined;
      const needed = formatNeededBy(decision.events);
      if (needed > format.current) return needed;
      const commit: RoomCommit = {
        id: pending.once?.commitId ?? ids.next(),
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
    },
  };
}
