import { type Fence, lineEnd, nextLine, openedFence, placeInFence, type TextLine } from "../grammar/fence.js";

/** A stretch of a text: `start` and `end` are indexes into it (UTF-16), `end` excluded. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

const BACKTICK = 96;
const BACKSLASH = 92;

/**
 * Where a Markdown text is code whatever reads it, in order and without overlap: fences that are closed, with their
 * opening and closing lines, and code spans, with their backticks, that begin and end on one line (CommonMark 4.5 and
 * 6.1). Not a fence without an end, in a quote or indented by four columns, and no span after an unpaired backtick of
 * the same paragraph: readers differ about those. Linear in the text.
 */
export function codeStretches(text: string): Stretch[] {
  const found: Stretch[] = [];
  let open: { fence: Fence; start: number } | undefined;
  let isSure = true;
  for (let start = 0; start <= text.length; ) {
    const line = { text, start, end: lineEnd(text, start) };
    const place = open === undefined ? "outside" : placeInFence(open.fence, line);
    if (open !== undefined && place === "closes") found.push({ start: open.start, end: line.end });
    if (place !== "inside") open = undefined;
    const fence = place === "outside" ? openedFence(line) : undefined;
    if (fence !== undefined) open = { fence, start };
    if (fence !== undefined || place !== "outside" || isBlank(line)) isSure = true;
    else if (isSure) isSure = addSpans(line, found);
    start = nextLine(text, line.end);
  }
  return found;
}

/**
 * The text with `change` applied to each part of it that lies outside `code` (stretches in order); the code stays as it
 * is. `change` gets the part and the index at which it starts in the text.
 */
export function changeOutsideCode(
  text: string,
  code: readonly Stretch[],
  change: (part: string, at: number) => string,
): string {
  let changed = "";
  let from = 0;
  for (const { start, end } of code) {
    changed += change(text.slice(from, start), from) + text.slice(start, end);
    from = end;
  }
  return changed + change(text.slice(from), from);
}

/** Adds the code spans of a line. False where a run of backticks is not paired on it: what follows may be code or not. */
function addSpans(line: TextLine, found: Stretch[]): boolean {
  const runs = runsOf(line);
  const nextOfLength = nextRuns(runs);
  for (let at = 0; at < runs.length; at++) {
    const opening = runs[at];
    const closing = nextOfLength[at];
    if (opening === undefined || closing === undefined) return false;
    // Readers differ about an escaped backtick.
    if (opening.start > line.start && line.text.charCodeAt(opening.start - 1) === BACKSLASH) return false;
    found.push({ start: opening.start, end: runs[closing]?.end ?? opening.end });
    at = closing;
  }
  return true;
}

/** For each run the index of the next one that is as long; undefined if no such run follows. */
function nextRuns(runs: readonly Stretch[]): (number | undefined)[] {
  const next: (number | undefined)[] = [];
  const lastOfLength = new Map<number, number>();
  for (let at = runs.length - 1; at >= 0; at--) {
    const length = (runs[at]?.end ?? 0) - (runs[at]?.start ?? 0);
    next[at] = lastOfLength.get(length);
    lastOfLength.set(length, at);
  }
  return next;
}

function runsOf({ text, start, end }: TextLine): Stretch[] {
  const runs: Stretch[] = [];
  for (let at = start; at < end; at++) {
    if (text.charCodeAt(at) !== BACKTICK) continue;
    const from = at;
    while (at < end && text.charCodeAt(at) === BACKTICK) at++;
    runs.push({ start: from, end: at });
  }
  return runs;
}

const isBlank = ({ text, start, end }: TextLine): boolean => text.slice(start, end).trim() === "";
