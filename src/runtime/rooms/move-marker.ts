import type { Commit } from "../../core/room/commit.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import { PortError } from "../../ports/port-error.js";

/** The stream in which a log that another is copied to says so, in commits of one event: `move.began`, `move.ended`. It is never copied itself. */
export const moveStream = "move";

/** What the last event of that stream says; undefined: nothing was ever copied to this log. */
async function lastMove(eventLog: EventLog): Promise<string | undefined> {
  const [last] = await eventLog.read(moveStream, { reverse: true, limit: 1 });
  return last?.kind === "commit" ? last.commit.events[0]?.type : undefined;
}

/** Rejects with a `PortError` (`refused`) where another log was copied here by half: it lacks rooms, and serving it would end the copy. */
export async function refuseHalfMoved(eventLog: EventLog): Promise<void> {
  if ((await lastMove(eventLog)) !== "move.began") return;
  throw new PortError(
    "this log is an unfinished copy of another one (parley move-log). Nothing was changed. Run the same parley move-log again: it goes on where it stopped.",
    { code: "refused", retryable: false },
  );
}

/** Marks that the log is being copied to, or that the copy is whole. Does nothing where it says so already. */
export async function markMove(
  eventLog: EventLog,
  { type, clock, ids }: { type: "move.began" | "move.ended"; clock: Pick<Clock, "nowMs">; ids: Ids },
): Promise<void> {
  if ((await lastMove(eventLog)) === type) return;
  const head = await eventLog.head(moveStream);
  const [version, parent] = [(head?.version ?? 0) + 1, head?.id ?? ""];
  const commit: Commit = { id: ids.next(), version, parent, at: clock.nowMs(), by: "parley", events: [{ type }] };
  if ((await eventLog.append(moveStream, [commit])).kind === "appended") return;
  throw new PortError("something else writes to this log. Stop every process that uses it, and start again.", {
    code: "in-use",
    retryable: true,
  });
}
