import { plainLine } from "../../src/core/text/visible-text.js";
import type { InboundFile } from "../../src/ports/chat-inbound.js";
import type { SlackAttachment, SlackBlock, SlackFile, SlackMessage } from "./payloads.js";
import { fenced, mentionedUsers, readMrkdwn, readPlain, type UserNames, unknownNames } from "./read-text.js";

/** The contents of a message beside its own text. `parts`: text forms, each labelled; `unreadable`: descriptions of parts without a text form. */
export interface MessageParts {
  /** The person's own words: `text`, or what its blocks say where that is empty. */
  text: string;
  parts: string[];
  files: InboundFile[];
  unreadable: string[];
}

/** Where `download` finds a file of which the event carries nothing but its id. */
const fileIdPrefix = "slack-file:";
const fileIdUrl = (id: string): string => `${fileIdPrefix}${id}`;
/** The id in such an address; undefined for any other. */
export const fileIdOf = (url: string): string | undefined =>
  url.startsWith(fileIdPrefix) ? url.slice(fileIdPrefix.length) : undefined;

const maxLabelChars = 120;
const maxDepth = 6;

/** Every part of a message that carries meaning, as text. Previews of links stay out: the link is in the text. Pure. */
export function readSlackParts(message: SlackMessage, names: UserNames): MessageParts {
  const blocks = message.blocks ?? [];
  const isTextless = message.text.trim() === "";
  const text = isTextless ? readBlocks(blocks.filter(isWords), names) : readMrkdwn(message.text, names);
  const attachments = (message.attachments ?? []).filter((one) => isTextless || !isPreview(one));
  const shared = attachments.map((one) => readAttachment(one, names));
  const files = [...(message.files ?? []), ...attachments.flatMap(({ files: more = [] }) => more)].map(readFile);
  const tables = [...blocks, ...attachments.flatMap(({ blocks: more = [] }) => more)].filter(
    ({ type }) => type === "table",
  );
  const isEmpty = text.trim() === "" && [...tables, ...shared, ...files].length === 0;
  return {
    text,
    parts: [
      ...tables.map((table) => `[table]\n${readTable(table, names)}`),
      ...shared.flatMap((part) => part ?? []),
      ...files.flatMap(({ part }) => part ?? []),
    ],
    files: files.flatMap(({ file }) => file ?? []),
    unreadable: [
      ...files.flatMap(({ problem }) => problem ?? []),
      ...(isEmpty || (shared.some((part) => part === undefined) && tables.length === 0)
        ? ["a part of your message"]
        : []),
    ],
  };
}

/** Ids of people whom the parts of a message mention. */
export function usersInParts({ attachments = [], blocks = [] }: SlackMessage): string[] {
  const json = JSON.stringify([attachments, blocks]);
  const ids = [...json.matchAll(/"user_id":"([UW][A-Z0-9]+)"/g)].map(([, id = ""]) => id);
  return [...new Set([...mentionedUsers(json), ...ids])];
}

/** Slack adds these for links; a share or a quoted message has an author. */
function isPreview({ is_share: isShare, is_msg_unfurl: isQuote, from_url: url }: SlackAttachment): boolean {
  return isShare !== true && isQuote !== true && url !== undefined;
}

/** The words of others are quoted below a label, so that no line of theirs is taken for the person's own. */
function readAttachment(one: SlackAttachment, names: UserNames): string | undefined {
  const blocks = [...(one.message_blocks ?? []).flatMap(({ message }) => message?.blocks ?? []), ...(one.blocks ?? [])];
  const words = [one.pretext, one.title, one.text]
    .flatMap((part) => (part === undefined || part.trim() === "" ? [] : [readMrkdwn(part, names)]))
    .concat((one.fields ?? []).map(({ title = "", value = "" }) => readMrkdwn(`${title}: ${value}`, names)));
  const text = words.length > 0 ? words.join("\n") : readBlocks(blocks.filter(isWords), names);
  const said = text.trim() === "" ? readMrkdwn(one.fallback ?? "", names) : text;
  const link = one.title_link ?? one.image_url;
  const body = [said, ...(link === undefined ? [] : [link])].join("\n").trim();
  const isForward = one.is_share === true || one.is_msg_unfurl === true;
  const author = plainLine(one.author_name ?? one.author_subname ?? "", maxLabelChars);
  const label = `${isForward ? "forwarded" : "attached"}${author === "" ? "" : ` from ${author}`}`;
  if (body !== "") return `[${label}]\n${quoted(body)}`;
  return (one.files ?? []).length > 0 ? `[${label}: a file]` : undefined;
}

/** Each line as a Markdown quote. */
export const quoted = (text: string): string => text.replace(/^/gm, "> ");

const isWords = ({ type }: SlackBlock): boolean => type !== "table";

function readBlocks(blocks: readonly SlackBlock[], names: UserNames): string {
  return blocks
    .map((block) => readBlock(block, names, 0))
    .filter((text) => text.trim() !== "")
    .join("\n");
}

/** All text shown by blocks and rich-text elements, however deeply nested. */
function readBlock(block: SlackBlock, names: UserNames, depth: number): string {
  if (depth > maxDepth) return "";
  const inner = (separator: string): string =>
    (block.elements ?? []).map((one) => readBlock(one, names, depth + 1)).join(separator);
  switch (block.type) {
    case "rich_text":
    case "context":
      return inner("\n");
    case "rich_text_quote":
      return quoted(inner(""));
    case "rich_text_preformatted":
      return fenced(inner(""));
    case "rich_text_list": {
      const indent = "  ".repeat(Math.min(block.indent ?? 0, maxDepth));
      const mark = (at: number) => (block.style === "ordered" ? `${(block.offset ?? 0) + at + 1}.` : "-");
      return (block.elements ?? [])
        .map((one, at) => `${indent}${mark(at)} ${readBlock(one, names, depth + 1)}`)
        .join("\n");
    }
    case "image":
    case "video":
      return `[${block.type}${altOf(block)}]`;
    case "user":
      return mentionOf(names(block.user_id ?? ""));
    case "channel":
      return unknownNames.channel;
    case "usergroup":
      return unknownNames.group;
    case "broadcast":
      return `@${block.range ?? "channel"}`;
    case "emoji":
      return readMrkdwn(`:${block.name ?? "emoji"}:`, names);
    case "link":
      return textOf(block.text) === "" ? (block.url ?? "") : `[${textOf(block.text)}](${block.url ?? ""})`;
    case "text":
      return textOf(block.text);
    default:
      return [readText(block.text, names), ...(block.fields ?? []).map((one) => readText(one, names)), inner("")].join(
        "",
      );
  }
}

const mentionOf = (name: string | undefined): string => (name === undefined ? unknownNames.user : `@${name}`);
const altOf = ({ alt_text: alt = "" }: SlackBlock): string => (alt === "" ? "" : ` “${plainLine(alt, maxLabelChars)}”`);
const textOf = (text: SlackBlock["text"]): string => (typeof text === "string" ? text : (text?.text ?? ""));

function readText(text: SlackBlock["text"], names: UserNames): string {
  if (typeof text === "string") return text;
  return text?.type === "mrkdwn" ? readMrkdwn(text.text ?? "", names) : readPlain(text?.text ?? "", names);
}

/** A pasted table as a Markdown table, its first row as the head. */
function readTable({ rows = [] }: SlackBlock, names: UserNames): string {
  const [head = [], ...rest] = rows.map((row) =>
    row.map((cell) =>
      readBlock(cell, names, 1)
        .replace(/\|/g, "\\|")
        .replace(/\s*\n\s*/g, " "),
    ),
  );
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rest.map(line)].join("\n");
}

/** Files that are pages of Slack's own: they have no bytes to fetch. */
const pages: ReadonlyMap<string, string> = new Map([
  ["quip", "canvas"],
  ["canvas", "canvas"],
  ["list", "list"],
]);

const lostFiles: ReadonlyMap<string, string> = new Map([
  ["tombstone", "a file that was deleted"],
  ["hidden_by_limit", "a file that Slack hides, because the workspace is over its limit"],
]);

/** A file to fetch, a text that replaces it, or the reason it cannot be read. */
function readFile(file: SlackFile): { file?: InboundFile; part?: string; problem?: string } {
  const name = file.name ?? file.title ?? "file";
  const url = file.url_private_download ?? file.url_private ?? (file.id === undefined ? undefined : fileIdUrl(file.id));
  const lost = lostFiles.get(file.mode ?? "");
  if (lost !== undefined) return { problem: lost };
  const page = pages.get(file.filetype ?? "") ?? pages.get(file.mode ?? "");
  if (page !== undefined || file.mode === "external") return readPage(file, page ?? "file elsewhere");
  if (url === undefined) return { problem: `the file ${plainLine(name, maxLabelChars)}` };
  return { file: { name, url, bytes: file.size ?? 0 } };
}

function readPage(file: SlackFile, kind: string): { part?: string; problem?: string } {
  const title = plainLine(file.title ?? file.name ?? "", maxLabelChars);
  const link = file.permalink ?? file.external_url ?? file.url_private;
  if (link === undefined) return { problem: `a ${kind} without a link` };
  return { part: `[${kind}${title === "" ? "" : ` “${title}”`}: ${link}]` };
}
