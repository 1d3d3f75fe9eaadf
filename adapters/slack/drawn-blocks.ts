import type { types } from "@slack/bolt";
import { lineEnd, nextLine, noBlocks, type OpenBlocks, readMarkdownLine } from "../../src/core/grammar/fence.js";
import { beginsTable, isTableRow } from "../../src/core/text/table.js";
import { pieces } from "../../src/core/text/visible-text.js";
import { limits } from "./limits.js";

/** What a stretch of lines is to Slack. A heading, a rule, a table or a fence is a block of its own; so is the text between two. */
type Kind = "text" | "heading" | "rule" | "table" | "fence";

interface Stretch {
  readonly kind: Kind;
  readonly lines: readonly string[];
}

const heading = /^[ \t>]{0,8}#{1,6}[ \t]/;
const rule = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;

/** How many blocks Slack draws a markdown text as. Slack publishes no rule; marks inside code are not counted. */
export function drawnBlocks(text: string): number {
  return stretchesOf(text).filter(({ kind, lines }) => kind !== "text" || lines.some((line) => line.trim() !== ""))
    .length;
}

/** Text as it is, in blocks that Slack does not parse; fences stay code. */
export function verbatimBlocks(text: string): types.KnownBlock[] {
  const blocks = joined(stretchesOf(text)).flatMap(({ kind, lines }) =>
    kind === "fence" ? codeBlocks(lines) : textBlocks(lines.join("\n")),
  );
  return blocks.length <= limits.drawnBlocks ? blocks : textBlocks(text);
}

function stretchesOf(text: string): Stretch[] {
  const stretches: Stretch[] = [];
  let blocks: OpenBlocks = noBlocks;
  let kind = "text" as Kind;
  let isOpen = false;
  for (let start = 0; start <= text.length; ) {
    const end = lineEnd(text, start);
    const next = nextLine(text, end);
    const line = text.slice(start, end);
    const { role, blocks: after } = readMarkdownLine(blocks, { text, start, end });
    blocks = after;
    const before: Kind = kind;
    const following = next > text.length ? "" : text.slice(next, lineEnd(text, next));
    kind = role === "text" ? kindOf(line, following, before) : "fence";
    const goesOn = kind === before && (kind === "text" || kind === "table" || (kind === "fence" && isOpen));
    isOpen = role === "opens" || role === "inside";
    const last = stretches.at(-1);
    if (goesOn && last !== undefined) stretches.splice(-1, 1, { kind, lines: [...last.lines, line] });
    else stretches.push({ kind, lines: [line] });
    start = next;
  }
  return stretches;
}

function kindOf(line: string, following: string, before: Kind): Kind {
  if (before === "table" && isTableRow(line)) return "table";
  if (beginsTable(line, following)) return "table";
  if (heading.test(line)) return "heading";
  return line.length < 200 && rule.test(line) ? "rule" : "text";
}

/** Only code matters where nothing else is drawn. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const all: Stretch[] = [];
  for (const { kind, lines } of stretches) {
    const last = all.at(-1);
    if (kind !== "fence" && last?.kind === "text")
      all.splice(-1, 1, { kind: "text", lines: [...last.lines, ...lines] });
    else all.push({ kind: kind === "fence" ? kind : "text", lines });
  }
  return all;
}

const closing = /^[ \t>]*(?:`{3,}|~{3,})[ \t]*$/;

/** A fence without the lines that open and close it. */
function codeBlocks([, ...rest]: readonly string[]): types.KnownBlock[] {
  const code = (closing.test(rest.at(-1) ?? "") ? rest.slice(0, -1) : rest).join("\n");
  return pieces(code === "" ? " " : code, limits.section).map((text) => ({
    type: "rich_text",
    elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text }] }],
  }));
}

function textBlocks(text: string): types.KnownBlock[] {
  if (text.trim() === "") return [];
  return pieces(text, limits.section).map((piece) => ({
    type: "rich_text",
    elements: [{ type: "rich_text_section", elements: [{ type: "text", text: piece }] }],
  }));
}
