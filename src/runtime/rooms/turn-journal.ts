import { isAfter } from "../../core/room/position.js";
import { type PlacedStep, readStep, type StoredStep } from "../../core/room/step.js";
import type { TurnRecord } from "../../core/room/turn-record.js";
import type { Entry, EventLog } from "../../ports/event-log.js";
import { formatPosition, type LogPosition } from "./log-position.js";
import type { TurnTaking } from "./turn-taking.js";

/** An entry of a turn, with its marks, its place in the agent's journal and its time, Unix ms. */
export interface JournalStep extends StoredStep {
  position: LogPosition;
  at: number;
}

/** A page of a turn's entries. `next`: where the rest begins; absent: the journal has no more of it now. */
export interface JournalPage {
  steps: JournalStep[];
  /** Everything up to here was read. */
  position: LogPosition;
  isEnd: boolean;
}

interface JournalSources {
  eventLog: Pick<EventLog, "read" | "head">;
  turns: TurnTaking;
}

/** Clocks of two processes may differ by so much, ms. */
const clockMarginMs = 10_000;
/** An entry is stored at most so long after its turn has ended, ms. */
const lateMs = 60_000;
const pageCommits = 50;
/** JSON characters read at once. */
const maxPageChars = 512 * 1_024;
/** Pages read for one answer, whatever they hold. */
const maxPages = 40;

/**
 * The entries of a turn after `after`, until `maxBytes` of them are gathered. Without `after` the turn's place in the journal is found by its time, so that a
 * long journal is not read from its beginning.
 */
export async function readTurnJournal(
  request: { roomId: string; turn: TurnRecord; after?: LogPosition | undefined; maxBytes: number },
  { eventLog, turns }: JournalSources,
): Promise<JournalPage> {
  const { roomId, turn, maxBytes } = request;
  const stream = `agent/${roomId}/${turn.agent}`;
  const position = request.after ?? (await placeBefore(stream, turn.startedAtMs - clockMarginMs, eventLog));
  let gathered: Gathered = { steps: [], position, bytes: 0, state: "reads" };
  for (let page = 0; page < maxPages && gathered.state === "reads"; page += 1) {
    await turns.next();
    // The commit of the position may have more events behind it.
    const { version, index } = gathered.position;
    const after = Number.isFinite(index) ? version - 1 : version;
    const entries = await eventLog.read(stream, { after, limit: pageCommits, maxChars: maxPageChars });
    gathered = withPage(gathered, entries, { turn, maxBytes });
  }
  return { steps: gathered.steps, position: gathered.position, isEnd: gathered.state === "at end" };
}

/** The entries that were gathered so far. `full`: the next one is beyond the bound. */
interface Gathered {
  steps: JournalStep[];
  position: LogPosition;
  bytes: number;
  state: "reads" | "full" | "at end";
}

interface Wanted {
  turn: TurnRecord;
  maxBytes: number;
}

function withPage(before: Gathered, entries: readonly Entry[], wanted: Wanted): Gathered {
  const endMs = (wanted.turn.endedAtMs ?? Number.POSITIVE_INFINITY) + lateMs;
  let gathered = before;
  for (const entry of entries) {
    if (entry.version === undefined || entry.version < before.position.version) continue;
    gathered = withEntry(gathered, stepsIn(entry, wanted.turn.turnId), wanted.maxBytes);
    if (gathered.state === "full") return gathered;
    gathered = { ...gathered, position: { version: entry.version, index: Number.POSITIVE_INFINITY } };
    if (entry.kind === "commit" && entry.commit.at > endMs) return { ...gathered, state: "at end" };
  }
  const { version, index } = before.position;
  const isFurther = gathered.position.version > version || gathered.position.index > index;
  return isFurther ? gathered : { ...gathered, state: "at end" };
}

function withEntry(before: Gathered, found: readonly JournalStep[], maxBytes: number): Gathered {
  let { position, bytes } = before;
  const steps = [...before.steps];
  for (const step of found) {
    if (!isAfter(step.position, position)) continue;
    bytes += sizeOf(step);
    if (steps.length > 0 && bytes > maxBytes) return { ...before, steps, position, state: "full" };
    steps.push(step);
    position = step.position;
  }
  return { ...before, steps, position, bytes };
}

function stepsIn(entry: Entry, turnId: string): JournalStep[] {
  if (entry.kind !== "commit") return [];
  const { version, at, events } = entry.commit;
  return events.flatMap((stored, index) => {
    const isOfTurn = "turnId" in stored && stored.turnId === turnId;
    const step = isOfTurn ? readStep(stored) : undefined;
    return step ? [{ ...step, position: { version, index }, at }] : [];
  });
}

/** UTF-8 bytes of an entry, about. */
function sizeOf({ step }: JournalStep): number {
  return Buffer.byteLength(JSON.stringify(step)) + 60;
}

/** The place before the first commit at or after a time: commits stand in the order of their times. */
async function placeBefore(stream: string, atMs: number, eventLog: JournalSources["eventLog"]): Promise<LogPosition> {
  const head = await eventLog.head(stream);
  let [low, high] = [0, head?.version ?? 0];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [entry] = await eventLog.read(stream, { after: middle, limit: 1 });
    const isEarlier = entry?.kind === "commit" && entry.commit.at < atMs;
    if (isEarlier) low = Math.max(middle + 1, entry.version);
    else high = middle;
  }
  return { version: low, index: Number.POSITIVE_INFINITY };
}

/** The entry as it is served. */
export function placedStep<S extends object>(
  { position, at }: JournalStep,
  step: S,
): S & Pick<PlacedStep, "place" | "at"> {
  return { ...step, place: formatPosition(position), at };
}
