import { asArray, asObject, asObjects, asText, compact, isObject } from "./json.js";
import { messagesIn, threadOf } from "./messages.js";
import type { Json, Message, ViewRecord, Whisper } from "./model.js";
import { type Names, plainText } from "./mrkdwn.js";
import { type Ping, reachOf, unfurlsOf } from "./pings.js";
import type { Workspace } from "./workspace.js";

export interface SeenButton {
  readonly actionId: string;
  readonly blockId: string;
  readonly type: string;
  readonly text: string;
  readonly value?: string;
  readonly style?: string;
  readonly url?: string;
}

/** A message as a person sees it. */
export interface SeenMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs?: string;
  readonly author: { readonly name: string; readonly icon: string; readonly isApp: boolean; readonly userId?: string };
  /** All readable text, blocks line by line; the fallback text only if there are no blocks. */
  readonly text: string;
  /** The text of the record itself, which notifications show. */
  readonly fallback: string;
  readonly blocks: readonly Json[];
  readonly buttons: readonly SeenButton[];
  readonly files: readonly { readonly name: string; readonly title: string; readonly content: string }[];
  readonly reactions: Message["reactions"];
  readonly edited: boolean;
  readonly onlyFor?: string;
  readonly pings: readonly Ping[];
  readonly links: readonly string[];
  readonly unfurls: readonly string[];
  readonly metadata?: Message["metadata"];
  readonly replies: number;
}

export interface SeenField {
  readonly blockId: string;
  readonly actionId: string;
  readonly type: string;
  readonly label: string;
  readonly value: string;
  readonly optional: boolean;
}

/** A modal or the home tab as a person sees it. */
export interface SeenView {
  readonly viewId: string;
  readonly callbackId: string;
  readonly title: string;
  readonly text: string;
  readonly fields: readonly SeenField[];
  readonly buttons: readonly SeenButton[];
  readonly errors: Readonly<Record<string, string>>;
  readonly privateMetadata: string;
  readonly submit: string;
  readonly blocks: readonly Json[];
  readonly pings: readonly Ping[];
  readonly links: readonly string[];
}

export function namesOf(workspace: Workspace): Names {
  return {
    user: (id) => workspace.people.get(id)?.displayName ?? id,
    channel: (id) => workspace.channels.get(id)?.name ?? id,
  };
}

export const seenThread = (workspace: Workspace, channel: string, rootTs: string): SeenMessage[] =>
  threadOf(workspace, channel, rootTs).map((message) => seenMessage(workspace, message));

export const seenChannel = (workspace: Workspace, channel: string): SeenMessage[] =>
  messagesIn(workspace, channel)
    .filter((message) => message.threadTs === undefined)
    .map((message) => seenMessage(workspace, message));

export function seenMessage(workspace: Workspace, message: Message): SeenMessage {
  const reach = reachOf(message);
  const thread = message.threadTs === undefined ? threadOf(workspace, message.channel, message.ts) : [];
  return compact({
    channel: message.channel,
    ts: message.ts,
    threadTs: message.threadTs,
    author: authorOf(workspace, message),
    ...readable(workspace, message),
    files: message.files.map((id) => seenFile(workspace, id)),
    reactions: message.reactions,
    edited: message.editedTs !== undefined,
    pings: reach.pings,
    links: reach.links,
    unfurls: unfurlsOf(reach, message),
    metadata: message.metadata,
    replies: Math.max(0, thread.length - 1),
  });
}

export function seenWhisper(workspace: Workspace, whisper: Whisper): SeenMessage {
  const reach = reachOf(whisper);
  const author =
    whisper.from === "slack" ? slackbot : authorOf(workspace, { ...whisper, user: workspace.app().botUserId });
  return compact({
    channel: whisper.channel,
    ts: whisper.ts,
    threadTs: whisper.threadTs,
    author,
    ...readable(workspace, whisper),
    files: [],
    reactions: [],
    edited: false,
    onlyFor: whisper.user,
    pings: reach.pings,
    links: reach.links,
    unfurls: [],
    replies: 0,
  });
}

const slackbot = { name: "Slackbot", icon: "🤖", isApp: false };

function authorOf(workspace: Workspace, message: Pick<Message, "user" | "username" | "icons">): SeenMessage["author"] {
  const person = workspace.people.get(message.user ?? "");
  const bot = workspace.people.get(workspace.app().botUserId);
  const isApp = message.username !== undefined || person?.isBot === true;
  return compact({
    name: message.username ?? person?.displayName ?? message.user ?? "unknown",
    icon: message.icons?.emoji ?? message.icons?.image_36 ?? person?.avatar ?? bot?.avatar ?? "",
    isApp,
    userId: message.user,
  });
}

function seenFile(workspace: Workspace, id: string): SeenMessage["files"][number] {
  const file = workspace.files.get(id);
  const content = Buffer.from(file?.contentBase64 ?? "", "base64").toString("utf8");
  return { name: file?.name ?? id, title: file?.title ?? id, content };
}

function readable(workspace: Workspace, { text, blocks = [] }: { text: string; blocks?: readonly Json[] }) {
  const names = namesOf(workspace);
  const fallback = plainText(text, names);
  return {
    text: blocks.length === 0 ? fallback : linesOf(blocks, names),
    fallback,
    blocks,
    buttons: buttonsOf(blocks),
  };
}

/** Every button and menu of some blocks. */
export function buttonsOf(blocks: readonly Json[]): SeenButton[] {
  return blocks.flatMap((block) =>
    [...asObjects(block.elements), ...asObjects([block.accessory])]
      .filter((element) => typeof element.action_id === "string")
      .map((element) =>
        compact({
          actionId: asText(element.action_id),
          blockId: asText(block.block_id),
          type: asText(element.type),
          text: asText(asObject(element.text ?? element.placeholder).text),
          value: element.value as string | undefined,
          style: element.style as string | undefined,
          url: element.url as string | undefined,
        }),
      ),
  );
}

function linesOf(blocks: readonly Json[], names: Names): string {
  return blocks
    .flatMap((block) => lineOf(block, names))
    .filter((line) => line !== "")
    .join("\n");
}

function lineOf(block: Json, names: Names): readonly string[] {
  const read = (value: unknown): string => readText(value, names);
  if (block.type === "markdown") return [plainText(asText(block.text), names)];
  if (block.type === "divider") return [];
  if (block.type === "actions") return [];
  if (block.type === "context") return [asObjects(block.elements).map(read).join(" ")];
  if (block.type === "rich_text") return [richText(block, names)];
  if (block.type === "input") return [read(block.label)];
  if (block.type === "image") return [asText(block.alt_text)];
  return [read(block.text), ...asArray(block.fields).map(read)];
}

function readText(value: unknown, names: Names): string {
  if (!isObject(value)) return "";
  if (value.type === "image") return asText(value.alt_text);
  return value.type === "mrkdwn" ? plainText(asText(value.text), names) : asText(value.text);
}

function richText(value: Json, names: Names): string {
  if (value.type === "user") return `@${names.user(asText(value.user_id))}`;
  if (value.type === "broadcast") return `@${asText(value.range)}`;
  const own = asText(value.text) || asText(value.url);
  return (
    own +
    asObjects(value.elements)
      .map((element) => richText(element, names))
      .join("")
  );
}

export function seenView(workspace: Workspace, record: ViewRecord): SeenView {
  const { view } = record;
  const blocks = asObjects(view.blocks);
  const reach = reachOf({ blocks });
  return {
    viewId: record.id,
    callbackId: asText(view.callback_id),
    title: asText(asObject(view.title).text),
    text: linesOf(blocks, namesOf(workspace)),
    fields: blocks.filter((block) => block.type === "input").map(seenField),
    buttons: buttonsOf(blocks),
    errors: record.errors,
    privateMetadata: asText(view.private_metadata),
    submit: asText(asObject(view.submit).text),
    blocks,
    pings: reach.pings,
    links: reach.links,
  };
}

function seenField(block: Json): SeenField {
  const element = asObject(block.element);
  const chosen = asText(asObject(element.initial_option).value);
  return {
    blockId: asText(block.block_id),
    actionId: asText(element.action_id),
    type: asText(element.type),
    label: asText(asObject(block.label).text),
    value: asText(element.initial_value) || chosen || asText(element.initial_user),
    optional: block.optional === true,
  };
}
