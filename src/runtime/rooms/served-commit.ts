import { openPartOf } from "../../core/grammar/open-text.js";
import { type Commit, parseRoomCommit } from "../../core/room/commit.js";
import type { RoomEvent } from "../../core/room/event.js";
import { applyCommit, applyUnreadable, unreadableCommitId } from "../../core/room/fold.js";
import { emptyRoom } from "../../core/room/room.js";
import { type Audience, publicEvent, type ServedRoomEvent, servedEvent } from "../../core/room/view.js";
import type { Entry } from "../../ports/event-log.js";

/** One event as it is served. */
export interface SerializedEvent {
  index: number;
  /** JSON `{version, index, at, actor, type, …}`. */
  json: string;
}

/** A commit that counts, ready to be served to either audience; each is made once, when it is first asked for. */
export interface ServedCommit {
  version: number;
  /** Whether it may have changed what somebody may read. */
  changesStanding: boolean;
  events(audience: Audience): readonly SerializedEvent[];
}

/** Reads entries of one stream in order. Undefined: void, unreadable, or nothing in it is known. */
export interface CommitReader {
  /** Version up to which the stream has been read. */
  readonly version: number;
  next(entry: Entry): ServedCommit | undefined;
}

/** The served form of a stream's commits. Undefined: a commit that cannot be read. */
export type ServeCommit = (commit: Commit) => Omit<ServedCommit, "version"> | undefined;

/** Reads on from `start`; without its commit id any parent fits the first commit. */
export function createCommitReader(serve: ServeCommit, start: { version: number; commitId?: string }): CommitReader {
  // Only the place in the chain of commits is followed; no event is ever applied.
  const chain = emptyRoom("");
  chain.version = start.version;
  chain.commitId = start.commitId ?? (start.version === 0 ? "" : unreadableCommitId);
  return {
    get version() {
      return chain.version;
    },
    next(entry) {
      const served = entry.kind === "commit" ? serve(entry.commit) : undefined;
      if (entry.kind !== "commit" || !served) {
        applyUnreadable(chain, entry.version);
        return undefined;
      }
      if (applyCommit(chain, entry.commit, []) === "superseded") return undefined;
      return { version: entry.commit.version, ...served };
    },
  };
}

const standingEvents: ReadonlySet<string> = new Set([
  "room.configured",
  "participant.joined",
  "participant.left",
  "participant.configured",
  "gate.resolved",
]);

/** A room's commit, as each audience may see it. */
export const serveRoomCommit: ServeCommit = (commit) => {
  const parsed = parseRoomCommit(commit);
  if (parsed.kind === "unreadable") return undefined;
  const memo: Partial<Record<Audience, readonly SerializedEvent[]>> = {};
  return {
    changesStanding: commit.events.some(({ type }) => standingEvents.has(type)),
    events: (audience) => {
      memo[audience] ??= parsed.events.flatMap((event, index) =>
        event ? { index, json: eventJson(commit, index, eventFor(event, audience)) } : [],
      );
      return memo[audience];
    },
  };
};

/**
 * A commit of an agent's own stream, without the details of its steps, which have rights of their own (`readSteps`). What it did while it was gated stays with
 * those who decide, also when the gate is lifted.
 */
export const serveJournalCommit: ServeCommit = (commit) => {
  const memo: Partial<Record<Audience, readonly SerializedEvent[]>> = {};
  return {
    changesStanding: false,
    events: (audience) => {
      memo[audience] ??= commit.events.flatMap((event, index) => {
        if (detailTypes.has(event.type)) return [];
        const served = audience === "all" ? withoutMarks(event) : openWork(event);
        return served ? [{ index, json: eventJson(commit, index, served) }] : [];
      });
      return memo[audience];
    },
  };
};

type StoredEvent = Commit["events"][number] & Partial<Record<string, unknown>>;

/** Entries that are read as steps of a turn alone. */
const detailTypes: ReadonlySet<string> = new Set(["tool.result", "thinking", "plan", "compaction"]);

function withoutMarks({ held: _held, input: _input, inputBytes: _bytes, ...event }: StoredEvent): StoredEvent {
  return event;
}

/** The part of an agent's work for people who may not see held text. */
function openWork(event: StoredEvent): StoredEvent | undefined {
  if ("gated" in event) return undefined;
  const shown = withoutMarks(event);
  if (event.held) return { ...shown, summary: "" };
  return event.type === "block" ? { ...shown, text: openPartOf(String(event.text)) } : shown;
}

/** A room's event as this audience gets it. */
export function eventFor(event: RoomEvent, audience: Audience): ServedRoomEvent {
  const served = servedEvent(event);
  return audience === "all" ? served : publicEvent(served);
}

function eventJson(commit: Commit, index: number, event: { type: string }): string {
  const { version, at, by } = commit;
  return JSON.stringify({ version, index, at, actor: by, ...event });
}

/** The event as an SSE frame. */
export function eventFrame(version: number, { index, json }: SerializedEvent): string {
  return `id: ${version}.${index}\ndata: ${json}\n\n`;
}
