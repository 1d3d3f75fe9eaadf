import type { LineEntry, MessageEntry, TimelineEntry } from "./room-state.js";

/** `weight` is the number of messages in the row, 1 for rows of another kind. */
export type Row = { key: string; weight: number } & (
  | { kind: "day"; at: number }
  | { kind: "unread" }
  | { kind: "line"; entry: LineEntry }
  /** Messages of one sender to the same recipients, shortly one after another. */
  | { kind: "group"; messages: MessageEntry[] }
);

const groupWithinMs = 5 * 60_000;
/** Ends a group where the log passes a multiple of it, so that a talkative night is not a single row, and older messages in front move no border. */
const versionsPerGroup = 12;

/** Entries as they are shown. `unreadFrom` is the id of the first entry the reader has not seen; `dayOf` tells days apart. */
export function timelineRowsOf(
  entries: readonly TimelineEntry[],
  { unreadFrom, dayOf }: { unreadFrom: string | undefined; dayOf: (at: number) => string },
): Row[] {
  const rows: Row[] = [];
  let day = "";
  for (const entry of entries) {
    const entryDay = dayOf(entry.at);
    if (entryDay !== day) rows.push({ kind: "day", key: `day-${entryDay}`, weight: 1, at: entry.at });
    day = entryDay;
    if (entry.id === unreadFrom) rows.push({ kind: "unread", key: "unread", weight: 1 });
    addEntry(rows, entry);
  }
  return rows;
}

function addEntry(rows: Row[], entry: TimelineEntry): void {
  const last = rows.at(-1);
  if (entry.kind === "line") {
    const together = last?.kind === "line" ? joinedTogether(last.entry, entry) : undefined;
    if (last?.kind === "line" && together) last.entry = together;
    else rows.push({ kind: "line", key: entry.id, weight: 1, entry });
    return;
  }
  if (last?.kind === "group" && belongs(last.messages, entry)) {
    last.messages.push(entry);
    last.weight += 1;
  } else rows.push({ kind: "group", key: entry.id, weight: 1, messages: [entry] });
}

/** One line for all agents a room was created with; the roster describes each. */
function joinedTogether(before: LineEntry, entry: LineEntry): LineEntry | undefined {
  const names = [...newAgents(before), ...newAgents(entry)];
  const isSame = before.version === entry.version && newAgents(before).length > 0 && newAgents(entry).length > 0;
  return isSame ? { ...before, line: { what: "joined-together", names } } : undefined;
}

function newAgents({ line }: LineEntry): readonly string[] {
  if (line.what === "joined-together") return line.names;
  return line.what === "joined" && line.participant === "agent" ? [line.name] : [];
}

function belongs(messages: readonly MessageEntry[], entry: MessageEntry): boolean {
  const last = messages.at(-1);
  if (last?.from !== entry.from || entry.at - last.at > groupWithinMs) return false;
  if (Math.floor(entry.version / versionsPerGroup) !== Math.floor(last.version / versionsPerGroup)) return false;
  return String(last.to) === String(entry.to) && entry.released === undefined;
}
