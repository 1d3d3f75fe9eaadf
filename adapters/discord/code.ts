import type { Stretch } from "../../src/core/text/outside-code.js";

const fence = "```";
const languageLine = /[a-z0-9_+\-.#]+\n/iy;

/**
 * The parts of a text that Discord's apps draw as code: a block from three backticks to the next three, anywhere in the text (a longer fence or one
 * of tildes means nothing to them), and spans, which may cross lines. Discord publishes no grammar; these are the rules of its apps as far as they
 * are known. Quadratic in the number of backticks at worst, which a post's length bounds.
 */
export function discordCode(text: string): Stretch[] {
  const found: Stretch[] = [];
  const runs = backtickRuns(text);
  for (let at = 0; at < text.length; ) {
    const end = text[at] === "`" ? (blockEnd(text, at) ?? spanEnd(text, at, runs)) : undefined;
    if (end !== undefined) found.push({ start: at, end });
    at = end ?? (isEscape(text, at) ? at + 2 : at + 1);
  }
  return found;
}

/** The language that Discord reads at the beginning of what stands between the fences of a block; empty: none. */
export function blockLanguage(inside: string): string {
  languageLine.lastIndex = 0;
  const [line = ""] = languageLine.exec(inside) ?? [];
  return /[^\n]/.test(inside.slice(line.length)) ? line.trimEnd() : "";
}

/** The entries of each list within a range; both in order and without overlap. */
export function overlap(some: readonly Stretch[], others: readonly Stretch[]): Stretch[] {
  const found: Stretch[] = [];
  for (let a = 0, b = 0; a < some.length && b < others.length; ) {
    const [one, other] = [some[a], others[b]];
    if (one === undefined || other === undefined) break;
    const common = { start: Math.max(one.start, other.start), end: Math.min(one.end, other.end) };
    if (common.start < common.end) found.push(common);
    if (one.end < other.end) a++;
    else b++;
  }
  return found;
}

const isEscape = (text: string, at: number): boolean => text[at] === "\\" && /[^0-9A-Za-z\s]/.test(text[at + 1] ?? " ");

/** The end of the block that opens there; a block needs at least one character that is not a line break. */
function blockEnd(text: string, at: number): number | undefined {
  if (!text.startsWith(fence, at)) return undefined;
  languageLine.lastIndex = at + fence.length;
  const withLanguage = languageLine.test(text) ? closedFrom(text, languageLine.lastIndex) : undefined;
  return withLanguage ?? closedFrom(text, at + fence.length);
}

function closedFrom(text: string, from: number): number | undefined {
  let content = from;
  while (text[content] === "\n") content++;
  const close = text.indexOf(fence, content + 1);
  return close === -1 ? undefined : close + fence.length;
}

/** Starts of the runs of backticks, by their length. */
function backtickRuns(text: string): ReadonlyMap<number, readonly number[]> {
  const runs = new Map<number, number[]>();
  for (const { 0: run, index } of text.matchAll(/`+/g)) {
    const same = runs.get(run.length);
    if (same === undefined) runs.set(run.length, [index]);
    else same.push(index);
  }
  return runs;
}

/** The end of the code span that opens there: the next run as long as this one, else as long as its last part. */
function spanEnd(text: string, at: number, runs: ReadonlyMap<number, readonly number[]>): number | undefined {
  let runEnd = at;
  while (text[runEnd] === "`") runEnd++;
  for (let length = runEnd - at; length > 0; length--) {
    const close = runs.get(length)?.find((start) => start > runEnd);
    if (close !== undefined) return close + length;
  }
  return undefined;
}
