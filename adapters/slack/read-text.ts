import { readShortcodes } from "./emoji.js";

/** Slack's stored mrkdwn as people read it, in Markdown. Pure. */

/** The name of an id; undefined if it is not known. */
export type UserNames = (userId: string) => string | undefined;

/** Placeholders for unknown names: a reader never sees an id. */
export const unknownNames = { user: "somebody", channel: "a channel", group: "a group" } as const;

/** `<…>`: a control sequence; everything else that could be one is an entity. */
const control = /<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>/g;
/** Blocks from three backticks to the next three, and spans on one line. */
const code = /```([\s\S]+?)```|`([^`\n]+)`/g;

/**
 * Mentions as `@name`, channels as `#name`, labelled links as Markdown, entities unescaped, Slack's marks as Markdown's; a code block is put on its
 * own lines. Inside code only Slack's storage escapes are undone. Linear in the text, except for its marks, which pair within a line.
 */
export function readMrkdwn(text: string, names: UserNames): string {
  let read = "";
  let from = 0;
  for (const found of text.matchAll(code)) {
    read += readOutside(text.slice(from, found.index), names);
    const [whole, block, span = ""] = found;
    from = found.index + whole.length;
    if (block === undefined) read += `\`${readPlain(span, names)}\``;
    else {
      const isAtStart = read === "" || read.endsWith("\n");
      const isAtEnd = from === text.length || text[from] === "\n";
      read += `${isAtStart ? "" : "\n"}${fenced(readPlain(block, names))}${isAtEnd ? "" : "\n"}`;
      while (!isAtEnd && text[from] === " ") from += 1;
    }
  }
  return read + readOutside(text.slice(from), names);
}

/** The text as it is shown, without marks of any kind added. */
export function readPlain(text: string, names: UserNames): string {
  return readControls(text, (found) => readControl(found, names, { isCode: true }));
}

/** Code in a fence of its own, longer than any in it. */
export function fenced(block: string): string {
  const longest = [...block.matchAll(/`{3,}/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${block.replace(/^\n/, "").replace(/\n$/, "")}\n${fence}`;
}

function readControls(text: string, readOne: (found: RegExpMatchArray) => string): string {
  let read = "";
  let from = 0;
  for (const found of text.matchAll(control)) {
    read += unescapeEntities(text.slice(from, found.index)) + readOne(found);
    from = found.index + found[0].length;
  }
  return read + unescapeEntities(text.slice(from));
}

/** Marks are changed before names and addresses come in, which may hold the same characters. */
function readOutside(text: string, names: UserNames): string {
  return readControls(readMarks(text), (found) => readControl(found, names, { isCode: false }));
}

/** Stands for a control sequence while marks are read; Slack's text never holds it. */
const placeholder = "\u0000";

/** Bold, strike, lists, shortcodes and the quote of everything that follows. Control sequences stay as they are. */
function readMarks(text: string): string {
  const controls = [...text.matchAll(/<[^<>]*>/g)].map(([one]) => one);
  const marked = readShortcodes(text.replaceAll(placeholder, "").replace(/<[^<>]*>/g, placeholder))
    .replace(/^([ \t]*)([•◦▪])\uFE0E?[ \t]+/gm, (_, indent: string, bullet: string) => `${indent || nesting(bullet)}- `)
    .replace(pair("\\*"), "$1**$2**")
    .replace(pair("~"), "$1~~$2~~")
    .replace(/^&gt;&gt;&gt; ?([\s\S]*)$/m, (_, rest: string) => rest.replace(/^/gm, "&gt; "));
  let at = 0;
  return marked.replaceAll(placeholder, () => controls[at++] ?? "");
}

const nesting = (bullet: string): string => (bullet === "•" ? "" : bullet === "◦" ? "  " : "    ");

/** A mark that opens after a boundary and before a character, and closes the other way round, on one line (at most 1,000 characters). */
function pair(mark: string): RegExp {
  return new RegExp(
    `(^|[^\\p{L}\\p{N}${mark}\\\\])${mark}(?=[^\\s${mark}])([^${mark}\\n]{0,999}[^\\s${mark}])${mark}(?![\\p{L}\\p{N}${mark}])`,
    "gmu",
  );
}

function readControl(found: RegExpMatchArray, names: UserNames, { isCode }: { isCode: boolean }): string {
  const [, mark = "", body = "", label] = found;
  const shown = label === undefined || label === "" ? undefined : unescapeEntities(label);
  if (mark === "@") return mention(names(body) ?? shown?.replace(/^@/, ""));
  if (mark === "#") return shown === undefined ? unknownNames.channel : `#${shown.replace(/^#/, "")}`;
  if (mark === "!") return readSpecial(body, shown);
  const url = unescapeEntities(body);
  if (url.startsWith("mailto:")) return shown ?? url.slice("mailto:".length);
  if (shown === undefined || url === shown || url.endsWith(`//${shown}`)) return shown ?? url;
  return isCode ? shown : `[${shown}](${url})`;
}

const mention = (name: string | undefined): string => (name === undefined ? unknownNames.user : `@${name}`);

/** Broadcasts, user groups and dates. */
function readSpecial(body: string, label: string | undefined): string {
  if (body.startsWith("date^")) return label ?? dateOf(body);
  if (label !== undefined) return `@${label.replace(/^@/, "")}`;
  return body.startsWith("subteam^") ? unknownNames.group : `@${body}`;
}

function dateOf(body: string): string {
  const ms = Number(body.split("^")[1]) * 1_000;
  return Math.abs(ms) <= 8.64e15 ? `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC` : "a time";
}

export const unescapeEntities = (text: string): string =>
  text.replace(/&(lt|gt|amp);/g, (_, name: string) => (name === "lt" ? "<" : name === "gt" ? ">" : "&"));

const userMention = /<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>/;
const mentionAtStart = new RegExp(`^\\s*${userMention.source}[\\s,:]*`);

/** The user whom a text begins by mentioning, and what follows. */
export function leadingMention(text: string): { userId: string; rest: string } | undefined {
  const found = mentionAtStart.exec(text);
  return found === null ? undefined : { userId: found[1] ?? "", rest: text.slice(found[0].length) };
}

/** The users a text mentions, once each. */
export function mentionedUsers(text: string): string[] {
  const found = [...text.matchAll(new RegExp(userMention.source, "g"))];
  return [...new Set(found.map((match) => match[1] ?? ""))];
}
