import type { LineEntry, MessageEntry, TimelineEntry } from "./room-state.js";

/** `weight` is the number of messages in the row, 1 for rows of another kind. */
export type Row = { key: string; weight: number } & (
  | { kind: "day"; at: number }
  | { kind: "unread" }
  | { kind: "line"; entry: LineEntry }
  /** Messages of one sender to the same recipients, shortly one after another. */
  | { kind: "group"; messages: MessageEntry[] }
  /** The middle of a long exchange between two agents. */
  | { kind: "folded"; between: readonly [string, string]; count: number; rows: readonly Row[] }
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
    if (last?.kind === "line" && isDecisionOf(last.entry, entry)) {
      rows[rows.length - 1] = { ...last, key: entry.id, entry: withQuestionOf(last.entry, entry) };
      return;
    }
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

/** One line for all agents a room was created with; the roster describes each. Those that follow a script share a line of their own. */
function joinedTogether(before: LineEntry, entry: LineEntry): LineEntry | undefined {
  const names = [...newAgents(before), ...newAgents(entry)];
  const hasScript = haveScript(before);
  const isAlike = before.version === entry.version && hasScript === haveScript(entry);
  const isSame = isAlike && newAgents(before).length > 0 && newAgents(entry).length > 0;
  return isSame ? { ...before, line: { what: "joined-together", names, ...(hasScript && { hasScript }) } } : undefined;
}

function haveScript({ line }: LineEntry): boolean {
  return (line.what === "joined" || line.what === "joined-together") && line.hasScript === true;
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

/** A decision right after its gate opened takes the place of the gate's line: it says the same and more. */
function isDecisionOf({ line: asked }: LineEntry, { line: decided }: LineEntry): boolean {
  return asked.what === "asked" && decided.what === "gate" && asked.gateId === decided.gateId;
}

/** At the place of the question, with its time. */
function withQuestionOf({ at, version, index }: LineEntry, decided: LineEntry): LineEntry {
  return { ...decided, at, version, index };
}

/** A run of more groups than this is folded in the middle; so many stay at its start and at its end. */
const shownOfRun = { most: 8, atStart: 2, atEnd: 3 };

/** Folds the middle of each long exchange between the same two agents. `isOpen` says by the row's key whether a person opened it. */
export function foldRuns(
  rows: readonly Row[],
  { agents, isOpen }: { agents: ReadonlySet<string>; isOpen: (key: string, rows: readonly Row[]) => boolean },
): Row[] {
  const result: Row[] = [];
  for (let at = 0; at < rows.length; ) {
    const pair = pairOf(rows[at], agents);
    let end = at + 1;
    while (pair !== undefined && end < rows.length && String(pairOf(rows[end], agents)) === String(pair)) end += 1;
    const run = rows.slice(at, end);
    result.push(...(pair && run.length > shownOfRun.most ? foldedRun(run, { pair, isOpen }) : run));
    at = end;
  }
  return result;
}

function foldedRun(
  run: readonly Row[],
  { pair, isOpen }: { pair: readonly [string, string]; isOpen: (key: string, rows: readonly Row[]) => boolean },
): readonly Row[] {
  const middle = run.slice(shownOfRun.atStart, -shownOfRun.atEnd);
  const key = `folded-${middle[0]?.key ?? ""}`;
  if (isOpen(key, middle)) return run;
  const count = middle.reduce((sum, { weight }) => sum + weight, 0);
  const folded: Row = { kind: "folded", key, weight: 1, between: pair, count, rows: middle };
  return [...run.slice(0, shownOfRun.atStart), folded, ...run.slice(-shownOfRun.atEnd)];
}

/** The two agents of a group that goes from one to the other, in order of their names. */
function pairOf(row: Row | undefined, agents: ReadonlySet<string>): readonly [string, string] | undefined {
  const message = row?.kind === "group" ? row.messages[0] : undefined;
  const to = message && message.to !== "room" && message.to.length === 1 ? message.to[0] : undefined;
  if (!message || to === undefined || !agents.has(message.from) || !agents.has(to)) return undefined;
  return message.from < to ? [message.from, to] : [to, message.from];
}
