import { isAfter, type LogPlace } from "../../core/room/position.js";
import { readStep, textOfStep } from "../../core/room/step.js";
import type { Entry, EventLog } from "../../ports/event-log.js";
import type { FoundStep, StepSearch, StepsFound } from "../../ports/search-index.js";
import type { TurnTaking } from "./turn-taking.js";

const pageSize = 200;
/** JSON characters read at once. */
const maxPageChars = 1_024 * 1_024;

/** Reads an agent's journal backwards, a page at a time, within these bounds. */
export async function scanSteps(
  search: StepSearch,
  sources: { eventLog: Pick<EventLog, "read">; turns: TurnTaking; maxCommits: number; maxBytes: number },
): Promise<StepsFound> {
  const { eventLog, turns, maxCommits, maxBytes } = sources;
  const stream = `agent/${search.roomId}/${search.agent}`;
  let scan: StepScan = { steps: [], commits: 0, bytes: 0, before: beginOf(search.before), isAtStart: false };
  while (scan.steps.length <= search.limit && !scan.isAtStart && scan.commits < maxCommits && scan.bytes < maxBytes) {
    await turns.next();
    const bounds = Number.isFinite(scan.before) ? { before: scan.before } : {};
    const page = { ...bounds, limit: pageSize, maxChars: maxPageChars, reverse: true };
    scan = withPage(scan, search, await eventLog.read(stream, page));
  }
  return resultOf(scan, search.limit);
}

interface StepScan {
  /** Newest first. */
  steps: FoundStep[];
  commits: number;
  bytes: number;
  /** Versions below this one have not been looked at. */
  before: number;
  at?: number;
  isAtStart: boolean;
}

/** The commit of the place is read again: steps before it may be in it. */
function beginOf(before: LogPlace | undefined): number {
  return before === undefined ? Number.POSITIVE_INFINITY : before.version + 1;
}

function withPage(scan: StepScan, search: StepSearch, entries: readonly Entry[]): StepScan {
  const wanted = search.containing.toLowerCase();
  const steps = [...scan.steps];
  let { before, bytes, at } = scan;
  for (const entry of entries) {
    if (entry.version === undefined || entry.version >= before) continue;
    before = entry.version;
    if (entry.kind !== "commit") continue;
    at = entry.commit.at;
    for (const [index, event] of [...entry.commit.events.entries()].reverse()) {
      const place = { version: entry.version, index };
      const stored = search.before && !isAfter(search.before, place) ? undefined : readStep(event);
      if (!stored) continue;
      const text = textOfStep(stored.step);
      bytes += text.length;
      if (text.toLowerCase().includes(wanted)) steps.push({ place, at: entry.commit.at, stored });
    }
  }
  const isAtStart = entries.length === 0 || before <= 1;
  return { steps, commits: scan.commits + entries.length, bytes, before, isAtStart, ...(at !== undefined && { at }) };
}

function resultOf({ steps, before, at, isAtStart }: StepScan, limit: number): StepsFound {
  const page = steps.slice(0, limit);
  const oldest = page.at(-1);
  if (steps.length > limit && oldest)
    return { steps: page, lookedBackTo: { version: oldest.place.version, at: oldest.at }, next: oldest.place };
  const version = Number.isFinite(before) ? before : 0;
  const lookedBackTo = { version, ...(at !== undefined && { at }) };
  // Everything from `version` on was looked at: the next place is before its first event.
  return isAtStart ? { steps: page, lookedBackTo } : { steps: page, lookedBackTo, next: { version, index: 0 } };
}
