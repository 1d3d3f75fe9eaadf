import { diffLines, diffWordsWithSpace } from "diff";

const patienceMs = 100;
/** Lines of a text that stay around a change; more of them in a row are left out. */
const contextLines = 2;

/** Lines of two texts that are the same in both, differ, or are left out because nothing near them changed. */
export type DiffRun =
  | { kind: "same"; lines: string[] }
  | { kind: "changed"; removed: string[]; added: string[] }
  | { kind: "gap"; count: number };

/** The lines that differ between two texts, each with a few lines around it. */
export function lineDiff(before: string, after: string): DiffRun[] {
  const parts = diffLines(before, after, { timeout: patienceMs }) ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  const runs: DiffRun[] = [];
  for (const { value, added, removed } of parts) {
    const lines = linesOf(value);
    if (lines.length === 0) continue;
    if (!added && !removed) runs.push({ kind: "same", lines });
    else runs.push(...withChange(runs, added ? { removed: [], added: lines } : { removed: lines, added: [] }));
  }
  return runs.flatMap((run, at) => withoutMiddle(run, { isFirst: at === 0, isLast: at === runs.length - 1 }));
}

/** How many lines go and come. */
export function countLines(runs: readonly DiffRun[]): { removed: number; added: number } {
  const changed = runs.filter((run) => run.kind === "changed");
  return {
    removed: changed.reduce((sum, run) => sum + run.removed.length, 0),
    added: changed.reduce((sum, run) => sum + run.added.length, 0),
  };
}

function withChange(runs: DiffRun[], change: { removed: string[]; added: string[] }): DiffRun[] {
  const last = runs.at(-1);
  if (last?.kind !== "changed") return [{ kind: "changed", ...change }];
  runs.pop();
  return [{ kind: "changed", removed: [...last.removed, ...change.removed], added: [...last.added, ...change.added] }];
}

function withoutMiddle(run: DiffRun, { isFirst, isLast }: { isFirst: boolean; isLast: boolean }): DiffRun[] {
  if (run.kind !== "same") return [run];
  const head = isFirst ? 0 : contextLines;
  const tail = isLast ? 0 : contextLines;
  const count = run.lines.length - head - tail;
  if (count <= 1) return [run];
  const same = (lines: string[]): DiffRun[] => (lines.length > 0 ? [{ kind: "same", lines }] : []);
  return [...same(run.lines.slice(0, head)), { kind: "gap", count }, ...same(tail === 0 ? [] : run.lines.slice(-tail))];
}

function linesOf(text: string): string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

/** A piece of an edited text. Text that stays is cut to what stands near a change; `isCut` says that some is left out there. */
export interface WordChange {
  kind: "same" | "added" | "removed" | "gap";
  text: string;
}

const contextChars = 120;

/** The words an edit took away and put in, each with the text around it. */
export function wordDiff(before: string, after: string): WordChange[] {
  const parts = diffWordsWithSpace(before, after, { timeout: patienceMs }) ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  return parts.flatMap(({ value, added, removed }, at): WordChange[] => {
    if (added || removed) return [{ kind: added ? "added" : "removed", text: value }];
    return cutSame(value, { isFirst: at === 0, isLast: at === parts.length - 1 });
  });
}

function cutSame(text: string, { isFirst, isLast }: { isFirst: boolean; isLast: boolean }): WordChange[] {
  const head = isFirst ? 0 : contextChars;
  const tail = isLast ? 0 : contextChars;
  if (text.length <= head + tail + contextChars) return [{ kind: "same", text }];
  const start = upToLine(text.slice(0, head));
  const end = tail === 0 ? "" : fromLine(text.slice(-tail));
  return [
    { kind: "same", text: start },
    { kind: "gap", text: "" },
    { kind: "same", text: end },
  ];
}

/** Up to the last line break, or the last space, so that no word is cut. */
function upToLine(text: string): string {
  const at = Math.max(text.lastIndexOf("\n"), text.lastIndexOf(" "));
  return at < 0 ? text : text.slice(0, at);
}

function fromLine(text: string): string {
  const at = text.search(/[\n ]/);
  return at < 0 ? text : text.slice(at + 1);
}
