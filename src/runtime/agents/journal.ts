import type { ToolUse } from "../../core/room/activity.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog, Head } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import type { Logger } from "../../ports/logger.js";
import { commitsAfter, createLogWriter } from "../rooms/log-writer.js";

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
    }
  | { type: "tool.result"; turnId: string; id: string; ok: boolean; bytes: number; text: string; blob?: string }
  | { type: "plan"; turnId: string; entries: { text: string; state: string }[] }
  | { type: "compaction"; turnId: string; summary: string; tokensBefore?: number }
  | ({ type: "tool"; turnId: string } & ToolUse)
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
  record(stream: string, by: string, event: JournalEvent): void;
  /** Writes what was gathered. */
  flush(): Promise<void>;
}

const gatherMs = 100;
const maxEventsPerCommit = 200;
/** Journals whose end is remembered, so that writing on needs no question. */
const maxKnownHeads = 2_000;

/** A journal that gathers events of all agents into few appends. */
export function createAgentJournal({
  eventLog,
  clock,
  ids,
  logger,
}: {
  eventLog: EventLog;
  clock: Clock;
  ids: Ids;
  logger: Logger;
}): AgentJournal {
  const writer = createLogWriter({ eventLog, clock });
  const heads = new Map<string, Head>();
  const gathered = new Map<string, { by: string; events: JournalEvent[] }>();
  let timer: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();

  function record(stream: string, by: string, event: JournalEvent): void {
    const known = gathered.get(stream);
    if (known) known.events.push(event);
    else gathered.set(stream, { by, events: [event] });
    timer ??= clock.after(gatherMs, () => void flush());
  }

  function flush(): Promise<void> {
    timer?.();
    timer = undefined;
    writing = writing.then(async () => {
      // Taken when the write before has ended: while the log is away, what waits is one write, not a queue of them.
      const work = [...gathered];
      gathered.clear();
      await Promise.all(work.map(([stream, { by, events }]) => write(stream, { by, events })));
    });
    return writing;
  }

  async function write(stream: string, { by, events }: { by: string; events: JournalEvent[] }): Promise<void> {
    const known = heads.get(stream);
    heads.delete(stream);
    const decide = async (conflicts: number) => {
      const head = conflicts === 0 && known ? known : await eventLog.head(stream);
      return commitsAfter(head, groupsOf(events), { ids, nowMs: clock.nowMs(), by });
    };
    try {
      const last = (await writer.write({ stream, decide })).at(-1);
      if (last) remember(stream, { version: last.version, id: last.id });
    } catch (error) {
      logger.warn(
        { stream, error, events: events.length },
        "what an agent did could not be stored; its room is not affected",
      );
    }
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
  for (let at = 0; at < events.length; at += maxEventsPerCommit) groups.push(events.slice(at, at + maxEventsPerCommit));
  return groups;
}
