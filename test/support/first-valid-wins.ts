import type { Commit } from "../../src/core/room/commit.js";
import type { Entry, Head } from "../../src/ports/event-log.js";

/**
 * The rule by which every reader of a raw log reaches the same state, after `from`: an entry counts if its parent is the last one that counted. The
 * child of a void entry is void, too. A later version than the next, on an unknown entry, means that the store lost some; it counts. Kept apart from
 * the core, which has its own.
 */
export function firstValidWins(entries: readonly Entry[], from?: Head): Commit[] {
  const winners: Commit[] = [];
  const voided = new Set<string>();
  let last = from ?? { version: 0, id: "" };
  for (const entry of entries) {
    if (entry.kind !== "commit") continue;
    const { commit } = entry;
    const isNext = commit.version === last.version + 1 && commit.parent === last.id;
    const isBehindHole = commit.version > last.version + 1 && !voided.has(commit.parent);
    if (isNext || isBehindHole) {
      winners.push(commit);
      last = commit;
    } else if (commit.id !== last.id) {
      voided.add(commit.id);
    }
  }
  return winners;
}
