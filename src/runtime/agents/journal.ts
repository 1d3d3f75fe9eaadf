import type { ToolUse } from "../../core/room/activity.js";
import type { Commit } from "../../core/room/commit.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog, Head } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import type { Logger } from "../../ports/logger.js";

/** `gated`: what the agent said was being held then, so that only those who decide may ever read it. */
export type JournalEvent = JournalEntry & { gated?: true };

/** What an agent did inside its turns. Complete things only; deltas are not stored. */
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
    const work = [...gathered];
    gathered.clear();
    writing = writing.then(async () => {
      await Promise.all(work.map(([stream, { by, events }]) => write(stream, by, events)));
    });
    return writing;
  }

  async function write(stream: string, by: string, events: JournalEvent[]): Promise<void> {
    try {
      const known = heads.get(stream);
      heads.delete(stream);
      if (known && (await appended(stream, { by, events, head: known }))) return;
      const head = (await eventLog.head(stream)) ?? { version: 0, id: "" };
      if (!(await appended(stream, { by, events, head })))
        logger.warn({ stream }, "another node writes this agent's journal; these entries were left out");
    } catch (error) {
      logger.warn(
        { stream, error, events: events.length },
        "what an agent did could not be stored; its room is not affected",
      );
    }
  }

  async function appended(stream: string, { by, events, head }: { by: string; events: JournalEvent[]; head: Head }) {
    const commits = commitsOf(events, { by, head });
    if ((await eventLog.append(stream, commits)).kind === "conflict") return false;
    const { version, id } = commits.at(-1) ?? head;
    heads.set(stream, { version, id });
    const [oldest] = heads.keys();
    if (oldest !== undefined && heads.size > maxKnownHeads) heads.delete(oldest);
    return true;
  }

  function commitsOf(events: JournalEvent[], { by, head }: { by: string; head: Head }): Commit[] {
    const commits: Commit[] = [];
    let { version, id: parent } = head;
    for (let at = 0; at < events.length; at += maxEventsPerCommit) {
      version += 1;
      const commit: Commit = {
        id: ids.next(),
        version,
        parent,
        at: clock.nowMs(),
        by,
        events: events.slice(at, at + maxEventsPerCommit),
      };
      commits.push(commit);
      parent = commit.id;
    }
    return commits;
  }

  return { record, flush };
}
