import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";

/** One append, as it ended. */
export interface AppendSeen {
  outcome: "appended" | "conflict" | "failed";
  seconds: number;
  /** Types of the events that were stored, once for each event. */
  types: readonly string[];
}

/** The same log; every append is reported. */
export function meteredLog<Log extends EventLog>(
  log: Log,
  { clock, onAppend }: { clock: Clock; onAppend: (seen: AppendSeen) => void },
): Log {
  const append: EventLog["append"] = async (stream, commits) => {
    const startedMs = clock.monotonicMs();
    const tell = (outcome: AppendSeen["outcome"]) =>
      onAppend({
        outcome,
        seconds: (clock.monotonicMs() - startedMs) / 1_000,
        types: outcome === "appended" ? commits.flatMap(({ events }) => events.map(({ type }) => type)) : [],
      });
    try {
      const result = await log.append(stream, commits);
      tell(result.kind);
      return result;
    } catch (error) {
      tell("failed");
      throw error;
    }
  };
  return { ...log, append };
}
