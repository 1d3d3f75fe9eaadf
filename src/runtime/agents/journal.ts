import type { ToolUse } from "../../core/room/activity.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog, Head } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import type { Logger } from "../../ports/logger.js";
import { PortError } from "../../ports/port-error.js";
import { commitsAfter, createLogWriter } from "../rooms/log-writer.js";
import { gapText, lossText, noGaps, withLoss, withoutLoss } from "./journal-gaps.js";

/** `gated`: the agent's messages were held at that time, so only deciders may ever read the entry. */
export type JournalEvent = JournalEntry & { gated?: true };

/** Journal of an agent's work within turns. Stores complete items only, no deltas. */
type JournalEntry =
  | {
      type: "block";
      turnId: string;
      outputId: string;
      index: number;
      text: string;
      subagent?: true;
      messageId?: string;
      parent?: string;
    }
  | {
      type: "tool.result";
      turnId: string;
      id: string;
      ok: boolean;
      bytes: number;
      text: string;
      blob?: string;
      cut?: true;
      held?: true;
      parent?: string;
    }
  | { type: "thinking"; turnId: string; text: string; parent?: string }
  | { type: "plan"; turnId: string; entries: { text: string; state: string }[] }
  | { type: "compaction"; turnId: string; summary: string; tokensBefore?: number }
  | ({ type: "tool"; turnId: string; input?: string; inputBytes?: number; parent?: string } & ToolUse)
  | {
      type: "usage";
      turnId: string;
      model?: string;
      inputTokens: number;
      outputTokens: number;
      cacheReadTokens: number;
      cacheWriteTokens: number;
      usd: number;
    }
  | { type: "session"; sessionId: string; resumed: boolean }
  | { type: "notice"; turnId?: string; text: string };

/** Writes `agent/<roomId>/<name>`: gathered, so that a busy agent costs few appends. What a crash takes was told to nobody. */
export interface AgentJournal {
  /** Takes the entry at once. Returns a promise when much waits to be written: a caller that can wait for it before recording more, should. */
  record(stream: string, by: string, event: JournalEvent): Promise<void> | undefined;
  /** Writes the gathered entries. */
  flush(): Promise<void>;
}

const gatherMs = 100;
const maxEventsPerCommit = 200;
/** Characters of one commit, unless a single entry has more. */
const maxCommitChars = 512 * 1_024;
/** Characters that wait for the log before who records is asked to wait. */
const maxGatheredChars = 2 * 1_024 * 1_024;
/** Journals whose end is remembered, so that writing on needs no question. */
const maxKnownHeads = 2_000;

/** A journal that gathers events of all agents into few appends. */
export function createAgentJournal({
  eventLog,
  clock,
  ids,
  logger,
  onLoss = () => {},
}: {
  eventLog: EventLog;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  /** Entries of a room's agent were lost; at most once an hour for each room. `text` is for the room. */
  onLoss?: (roomId: string, text: string) => void;
}): AgentJournal {
  const writer = createLogWriter({ eventLog, clock });
  const heads = new Map<string, Head>();
  const gathered = new Map<string, { by: string; events: JournalEvent[] }>();
  let gatheredChars = 0;
  let gaps = noGaps;
  let timer: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();

  function record(stream: string, by: string, event: JournalEvent): Promise<void> | undefined {
    const known = gathered.get(stream);
    if (known) known.events.push(event);
    else gathered.set(stream, { by, events: [event] });
    gatheredChars += charsOf(event);
    if (gatheredChars > maxGatheredChars) return flush();
    timer ??= clock.after(gatherMs, () => void flush());
    return undefined;
  }

  function flush(): Promise<void> {
    timer?.();
    timer = undefined;
    writing = writing.then(async () => {
      // Taken when the write before has ended: while the log is away, what waits is one write, not a queue of them.
      const work = [...gathered];
      gathered.clear();
      gatheredChars = 0;
      await Promise.all(work.map(([stream, { by, events }]) => write(stream, { by, events })));
    });
    return writing;
  }

  async function write(stream: string, { by, events }: { by: string; events: JournalEvent[] }): Promise<void> {
    const known = heads.get(stream);
    heads.delete(stream);
    const lost = gaps.lost.get(stream);
    const kept: JournalEvent[] = lost === undefined ? events : [{ type: "notice", text: gapText(lost) }, ...events];
    const decide = async (conflicts: number) => {
      const head = conflicts === 0 && known ? known : await eventLog.head(stream);
      return commitsAfter(head, groupsOf(kept), { ids, nowMs: clock.nowMs(), by });
    };
    try {
      const last = (await writer.write({ stream, decide })).at(-1);
      if (last) remember(stream, { version: last.version, id: last.id });
      gaps = withoutLoss(gaps, stream);
    } catch (error) {
      lose(stream, { error, entries: events.length });
    }
  }

  /** The agent goes on: its record is a help, and the room does not depend on it. */
  function lose(stream: string, { error, entries }: { error: unknown; entries: number }): void {
    const [, roomId = ""] = stream.split("/");
    const after = withLoss(gaps, { stream, roomId, entries, nowMs: clock.nowMs() });
    gaps = after.gaps;
    const fields = { stream, error, events: entries };
    if (after.isFirst) logger.warn(fields, "what an agent did could not be stored; its room is not affected");
    else logger.debug(fields, "what an agent did could not be stored");
    const isClosing = error instanceof PortError && error.code === "closed";
    if (after.isRoomToTell && !isClosing)
      onLoss(roomId, lossText(error instanceof Error ? error.message : String(error)));
  }

  function remember(stream: string, head: Head): void {
    heads.set(stream, head);
    const [oldest] = heads.keys();
    if (oldest !== undefined && heads.size > maxKnownHeads) heads.delete(oldest);
  }

  return { record, flush };
}

function groupsOf(events: readonly JournalEvent[]): JournalEvent[][] {
  const groups: JournalEvent[][] = [];
  let chars = 0;
  for (const event of events) {
    const group = groups.at(-1);
    chars += charsOf(event);
    if (group && group.length < maxEventsPerCommit && chars <= maxCommitChars) {
      group.push(event);
      continue;
    }
    groups.push([event]);
    chars = charsOf(event);
  }
  return groups;
}

/** About the length of an entry: of what can be long in it. */
function charsOf(event: JournalEvent): number {
  if (event.type === "compaction") return event.summary.length;
  if (event.type === "plan") return event.entries.reduce((sum, { text }) => sum + text.length, 0);
  if (event.type === "tool") return event.input?.length ?? 0;
  return "text" in event ? event.text.length : 0;
}
