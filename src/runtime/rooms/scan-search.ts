import type { Commit } from "../../core/room/commit.js";
import type { EventOf, RoomEvent } from "../../core/room/event.js";
import { answerText } from "../../core/room/gate-choices.js";
import { parseEvent } from "../../core/room/parse-event.js";
import type { LogPlace } from "../../core/room/position.js";
import type { Entry, EventLog } from "../../ports/event-log.js";
import type { FoundMessage, MessageSearch, MessagesFound, SearchIndex } from "../../ports/search-index.js";
import { scanSteps } from "./scan-steps.js";
import type { TurnTaking } from "./turn-taking.js";

const pageSize = 200;
/** JSON characters read at once. */
const maxPageChars = 1_024 * 1_024;

/** Bounds of one call, checked after each page of 200 commits. */
export interface ScanBounds {
  /** Default 10,000. */
  maxCommits: number;
  /** Bytes of the texts of messages. Default 16 MiB. */
  maxBytes: number;
}

/** How far a scan has come. */
interface Scan {
  /** Newest first. */
  found: FoundMessage[];
  commits: number;
  bytes: number;
  isAtStart: boolean;
  /** Versions below this one have not been looked at. */
  before: number;
  /** Time of the oldest commit that was read, Unix ms. */
  at?: number | undefined;
  /** Id of the commit that counts at `before - 1`, where it is known. */
  expected?: string | undefined;
}

/** The index without an index: it reads a room's log backwards, a page at a time, so that nobody else waits for it. */
export function createScanSearch(options: {
  eventLog: Pick<EventLog, "read">;
  turns: TurnTaking;
  bounds?: Partial<ScanBounds>;
}): SearchIndex {
  const { eventLog, turns } = options;
  const { maxCommits = 10_000, maxBytes = 16 * 1024 * 1024 } = options.bounds ?? {};

  return {
    async find(search) {
      let scan = beginScan(search);
      const isWithin = () => scan.commits < maxCommits && scan.bytes < maxBytes;
      while (scan.found.length <= search.limit && !scan.isAtStart && isWithin()) {
        await turns.next();
        const page = { before: scan.before, limit: pageSize, maxChars: maxPageChars, reverse: true };
        scan = withEntries(scan, search, await eventLog.read(`room/${search.roomId}`, page));
      }
      return resultOf(scan, search.limit);
    },
    findSteps: (search) => scanSteps(search, { eventLog, turns, maxCommits, maxBytes }),
  };
}

/** The place to begin before, if the room has come that far. */
function innerPlace({ before, top }: MessageSearch): LogPlace | undefined {
  return before !== undefined && before.version <= top.version ? before : undefined;
}

function beginScan(search: MessageSearch): Scan {
  const inner = innerPlace(search);
  return {
    found: [],
    commits: 0,
    bytes: 0,
    isAtStart: false,
    before: (inner ?? search.top).version + 1,
    expected: inner ? undefined : search.top.commitId,
  };
}

/** Follows the chain of parents down, so that a superseded commit is not shown. */
function withEntries(scan: Scan, search: MessageSearch, entries: readonly Entry[]): Scan {
  const found = [...scan.found];
  let { before, expected, at, bytes } = scan;
  for (const entry of entries) {
    if (entry.version === undefined || entry.version >= before) continue;
    const isNext = entry.version === before - 1;
    if (entry.kind === "commit" && isNext && expected !== undefined && entry.commit.id !== expected) continue;
    before = entry.version;
    expected = entry.kind === "commit" ? entry.commit.parent : undefined;
    if (entry.kind !== "commit") continue;
    at = entry.commit.at;
    const messages = messagesOf(entry.commit, search);
    bytes += messages.reduce((sum, message) => sum + Buffer.byteLength(textOfFound(message).body), 0);
    found.push(...messages.filter((message) => fits(message, search.containing)));
  }
  const isAtStart = entries.length === 0 || before <= 1;
  return { found, commits: scan.commits + entries.length, bytes, isAtStart, before, at, expected };
}

function fits(message: FoundMessage, containing: string | undefined): boolean {
  if (containing === undefined) return true;
  const wanted = containing.toLowerCase();
  const { from, body } = textOfFound(message);
  return from === wanted || body.toLowerCase().includes(wanted);
}

/** Who said it, and its text: of an answer what was chosen for which question. */
export function textOfFound({ event }: Pick<FoundMessage, "event">): { from: string; body: string } {
  if (event.type !== "gate.resolved") return { from: event.from, body: event.body };
  return { from: event.by, body: answerText(event.body === undefined ? event : { body: event.body }) };
}

/** Newest first. */
function messagesOf(commit: Commit, search: MessageSearch): FoundMessage[] {
  const before = innerPlace(search);
  const { questions = false } = search;
  const isCut = before?.version === commit.version;
  const end = isCut ? (before.index ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  if (isCut && !Number.isFinite(end)) return [];
  const found: FoundMessage[] = [];
  for (const [index, stored] of commit.events.entries()) {
    if (index >= end || (stored.type !== "message.posted" && !questions)) continue;
    const parsed = parseEvent(stored);
    if (parsed.kind !== "known") continue;
    const { event } = parsed;
    const isFound = event.type === "message.posted" || isQuestion(event) || isAnswer(event, commit);
    if (isFound) found.push({ place: { version: commit.version, index }, at: commit.at, event });
  }
  return found.reverse();
}

const isQuestion = (event: RoomEvent): event is EventOf<"gate.opened"> =>
  event.type === "gate.opened" && event.kind === "question";

/** The answer to a question asked with `GATE:` is a message of the same commit. */
function isAnswer(event: RoomEvent, { events }: Commit): event is EventOf<"gate.resolved"> {
  if (event.type !== "gate.resolved" || event.kind !== "question" || event.outcome !== "answered") return false;
  return !events.some(({ type }) => type === "message.posted");
}

function resultOf(scan: Scan, limit: number): MessagesFound {
  const messages = scan.found.slice(0, limit);
  const oldest = messages.at(-1);
  if (scan.found.length > limit && oldest) {
    const { place, at } = oldest;
    return { messages, lookedBackTo: { version: place.version, at }, next: place };
  }
  const lookedBackTo = { version: scan.before, ...(scan.at !== undefined && { at: scan.at }) };
  return scan.isAtStart ? { messages, lookedBackTo } : { messages, lookedBackTo, next: { version: scan.before } };
}
