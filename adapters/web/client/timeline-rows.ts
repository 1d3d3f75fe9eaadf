import type { Entry, LineEntry, MessageEntry } from "./room-state.js";

export type Row =
  | { kind: "day"; key: string; at: number }
  | { kind: "unread"; key: string }
  | { kind: "line"; key: string; entry: LineEntry }
  /** Messages of one sender to the same recipients, shortly one after another. */
  | { kind: "group"; key: string; messages: MessageEntry[] };

const groupWithinMs = 5 * 60_000;

/** Entries as they are shown. `unreadFrom` is the id of the first entry the reader has not seen; `dayOf` tells days apart. */
export function rowsOf(
  entries: readonly Entry[],
  { unreadFrom, dayOf }: { unreadFrom: string | undefined; dayOf: (at: number) => string },
): Row[] {
  const rows: Row[] = [];
  let day = "";
  for (const entry of entries) {
    const entryDay = dayOf(entry.at);
    if (entryDay !== day) rows.push({ kind: "day", key: `day-${entryDay}`, at: entry.at });
    day = entryDay;
    if (entry.id === unreadFrom) rows.push({ kind: "unread", key: "unread" });
    addEntry(rows, entry);
  }
  return rows;
}

function addEntry(rows: Row[], entry: Entry): void {
  if (entry.kind === "line") {
    rows.push({ kind: "line", key: entry.id, entry });
    return;
  }
  const last = rows.at(-1);
  if (last?.kind === "group" && belongs(last.messages, entry)) last.messages.push(entry);
  else rows.push({ kind: "group", key: entry.id, messages: [entry] });
}

function belongs(messages: readonly MessageEntry[], entry: MessageEntry): boolean {
  const last = messages.at(-1);
  if (last?.from !== entry.from || entry.at - last.at > groupWithinMs) return false;
  return String(last.to) === String(entry.to) && entry.released === undefined;
}
