import type { EventLog } from "../../ports/event-log.js";
import type { AgentJournal, JournalEvent } from "./journal.js";

/** The newest entries of a journal that are read, and their stored size, characters. */
const maxCommits = 50;
const maxChars = 512 * 1_024;
/** Tools that are named, at most: the last ones. */
const maxTools = 12;

/** Tools that these turns of an agent had begun, in order, each as `name: what it was to do`; where one ended or failed, that is said. */
export type BegunTools = (agent: { roomId: string; name: string }, turnIds: readonly string[]) => Promise<string[]>;

/** Reads the agents' journals. A journal that cannot be read names nothing: it is a help, and the turn does not wait for it. */
export function createBegunTools({ eventLog, journal }: { eventLog: EventLog; journal: AgentJournal }): BegunTools {
  return async function begunTools({ roomId, name }, turnIds) {
    if (turnIds.length === 0) return [];
    await journal.flush();
    const options = { reverse: true, limit: maxCommits, maxChars };
    const entries = await eventLog.read(`agent/${roomId}/${name}`, options).catch(() => []);
    const events = entries
      .toReversed()
      .flatMap((entry) => (entry.kind === "commit" ? (entry.commit.events as unknown as readonly JournalEvent[]) : []));
    return toolsIn(events, new Set(turnIds)).slice(-maxTools);
  };
}

const ends = { started: "", ended: " (ended)", failed: " (failed)" } as const;

function toolsIn(events: readonly JournalEvent[], turnIds: ReadonlySet<string>): string[] {
  const tools = new Map<string, string>();
  for (const event of events) {
    if (event.type !== "tool" || !turnIds.has(event.turnId)) continue;
    const what = event.summary === "" ? event.name : `${event.name}: ${event.summary}`;
    tools.set(event.id, `${what}${ends[event.phase]}`);
  }
  return [...tools.values()];
}
