import { lineEnd, nextLine, noBlocks, type OpenBlocks, readMarkdownLine } from "./fence.js";

/** A message without its `ATTACH:` lines, and the paths they name, in their order. */
export interface WithAttachments {
  body: string;
  paths: string[];
}

const mark = "ATTACH:";
/** After at most three spaces, in capitals. */
const attachLine = /^ {0,3}ATTACH:(.*)$/;

/**
 * Takes the lines `ATTACH: <path>` out of a message (docs/grammar.md). In a fence, a quote, a list item or behind four spaces such a line is text. A line without a
 * path names the empty one. Linear in the text; never throws.
 */
export function takeAttachments(body: string): WithAttachments {
  if (!body.includes(mark)) return { body, paths: [] };
  const paths: string[] = [];
  let kept = "";
  let blocks: OpenBlocks = noBlocks;
  for (let start = 0; start < body.length; ) {
    const end = lineEnd(body, start);
    const after = Math.min(nextLine(body, end), body.length);
    const reading = readMarkdownLine(blocks, { text: body, start, end });
    const isText = reading.role === "text" && !reading.isQuoted && reading.blocks.containers.length === 0;
    blocks = reading.blocks;
    const found = isText ? attachLine.exec(body.slice(start, end)) : null;
    if (found) paths.push(pathIn(found[1] ?? ""));
    else kept += body.slice(start, after);
    start = after;
  }
  return paths.length === 0 ? { body, paths } : { body: kept.trim(), paths };
}

/** The path may stand in backticks, as models write paths. */
function pathIn(rest: string): string {
  const path = rest.trim();
  const isQuoted = path.length > 2 && path.startsWith("`") && path.indexOf("`", 1) === path.length - 1;
  return isQuoted ? path.slice(1, -1).trim() : path;
}
