/** A part of two texts, line by line. */
interface Edit {
  kind: "same" | "removed" | "added";
  line: string;
}

/** Lines shown around a change, as `diff -u` does. */
const contextLines = 3;
/** Beyond so many differing lines the differing middle is shown as one change: finding the shortest takes the square of their number. */
const maxEdits = 1_000;

/**
 * The unified diff of two texts of one path (GNU diffutils, "Detailed Description of Unified Format"); empty where they are equal. Undefined stands for a file that is not there.
 * At most about (lines + 1,000²) steps.
 */
export function unifiedDiff(path: string, before: string | undefined, after: string | undefined): string {
  if (before === after) return "";
  const edits = editsBetween(linesOf(before), linesOf(after));
  const from = before === undefined ? "/dev/null" : `a/${path}`;
  const to = after === undefined ? "/dev/null" : `b/${path}`;
  return [`--- ${from}`, `+++ ${to}`, ...hunksOf(edits), ""].join("\n");
}

function linesOf(text: string | undefined): string[] {
  if (text === undefined || text === "") return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  else lines.push("\\ No newline at end of file");
  return lines;
}

function editsBetween(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const same = (lines: readonly string[]) => lines.map((line): Edit => ({ kind: "same", line }));
  const middle = shortestEdits(before.slice(start, before.length - end), after.slice(start, after.length - end));
  return [...same(before.slice(0, start)), ...middle, ...same(before.slice(before.length - end))];
}

/** Myers, "An O(ND) Difference Algorithm and Its Variations" (1986): the furthest points of each number of edits, then the way back. */
function shortestEdits(before: readonly string[], after: readonly string[]): Edit[] {
  const furthest = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  for (let edits = 0; edits <= Math.min(maxEdits, before.length + after.length); edits += 1) {
    trace.push(new Map(furthest));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let at = stepTo(furthest, diagonal, edits);
      while (at < before.length && at - diagonal < after.length && before[at] === after[at - diagonal]) at += 1;
      furthest.set(diagonal, at);
      if (at >= before.length && at - diagonal >= after.length) return wayBack(trace, before, after);
    }
  }
  const removed = before.map((line): Edit => ({ kind: "removed", line }));
  return [...removed, ...after.map((line): Edit => ({ kind: "added", line }))];
}

/** Whether the edit that leads to a diagonal added a line; else it removed one. */
function isAddition(furthest: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  const [below, above] = [furthest.get(diagonal - 1) ?? -1, furthest.get(diagonal + 1) ?? -1];
  return diagonal === -edits || (diagonal !== edits && below < above);
}

function stepTo(furthest: ReadonlyMap<number, number>, diagonal: number, edits: number): number {
  if (isAddition(furthest, diagonal, edits)) return furthest.get(diagonal + 1) ?? -1;
  return (furthest.get(diagonal - 1) ?? -1) + 1;
}

function wayBack(
  trace: readonly ReadonlyMap<number, number>[],
  before: readonly string[],
  after: readonly string[],
): Edit[] {
  const edits: Edit[] = [];
  let [left, right] = [before.length, after.length];
  const goBackTo = (oldLeft: number, oldRight: number) => {
    for (; left > oldLeft && right > oldRight; left -= 1, right -= 1)
      edits.push({ kind: "same", line: before[left - 1] as string });
  };
  for (let count = trace.length - 1; count > 0; count -= 1) {
    const furthest = trace[count] as ReadonlyMap<number, number>;
    const isAdded = isAddition(furthest, left - right, count);
    const earlier = left - right + (isAdded ? 1 : -1);
    const at = furthest.get(earlier) as number;
    goBackTo(isAdded ? at : at + 1, isAdded ? at - earlier + 1 : at - earlier);
    edits.push(
      isAdded
        ? { kind: "added", line: after[right - 1] as string }
        : { kind: "removed", line: before[left - 1] as string },
    );
    [left, right] = [at, at - earlier];
  }
  goBackTo(0, 0);
  return edits.reverse();
}

const marks = { same: " ", removed: "-", added: "+" } as const;

function hunksOf(edits: readonly Edit[]): string[] {
  const changed = edits.flatMap(({ kind }, index) => (kind === "same" ? [] : [index]));
  const ranges: { from: number; to: number }[] = [];
  for (const index of changed) {
    const last = ranges.at(-1);
    const [from, to] = [Math.max(0, index - contextLines), Math.min(edits.length, index + contextLines + 1)];
    if (last && from <= last.to) last.to = to;
    else ranges.push({ from, to });
  }
  const counted = countLines(edits);
  return ranges.flatMap(({ from, to }) => {
    const part = edits.slice(from, to);
    const [old, now] = [part.filter(({ kind }) => kind !== "added"), part.filter(({ kind }) => kind !== "removed")];
    const [oldAt = 0, nowAt = 0] = counted[from] ?? [];
    const head = `@@ -${oldAt + (old.length > 0 ? 1 : 0)},${old.length} +${nowAt + (now.length > 0 ? 1 : 0)},${now.length} @@`;
    return [head, ...part.map(({ kind, line }) => (line.startsWith("\\ No newline") ? line : marks[kind] + line))];
  });
}

/** Lines of both texts before each edit. */
function countLines(edits: readonly Edit[]): [number, number][] {
  let [old, now] = [0, 0];
  return edits.map(({ kind }) => {
    const at: [number, number] = [old, now];
    if (kind !== "added") old += 1;
    if (kind !== "removed") now += 1;
    return at;
  });
}
