import { asText, compact } from "./json.js";
import { edit, judgeReach, messageAt, post, remove } from "./messages.js";
import { checkContent } from "./methods/content.js";
import type { Json, Message, ResponseUrl } from "./model.js";
import { SlackError } from "./slack-error.js";
import type { Workspace } from "./workspace.js";

const known = [
  "text",
  "blocks",
  "response_type",
  "replace_original",
  "delete_original",
  "thread_ts",
  "unfurl_links",
  "unfurl_media",
  "metadata",
];

/** Makes a response URL for an interaction. */
export function createResponseUrl(
  workspace: Workspace,
  about: Omit<ResponseUrl, "id" | "createdAtMs" | "uses">,
): string {
  const id = workspace.nextId("r");
  workspace.responseUrls.put(id, { ...about, id, createdAtMs: workspace.nowMs(), uses: 0 });
  return `${workspace.baseUrl()}/response/${id}`;
}

/** Takes a post to a response URL: at most 5 within 30 minutes, no token needed. */
export function useResponseUrl(workspace: Workspace, id: string, body: Json): { status: number; body: string } {
  const url = workspace.responseUrls.get(id);
  if (url === undefined) return refuse(workspace, "expired_url", id);
  const ageMs = (workspace.nowMs() - url.createdAtMs) * workspace.settings.timeScale;
  if (ageMs > workspace.settings.responseUrlLifeMs) return refuse(workspace, "expired_url", id);
  if (url.uses >= workspace.settings.responseUrlUses) return refuse(workspace, "used_url", id);
  workspace.responseUrls.put(id, { ...url, uses: url.uses + 1 });
  for (const field of Object.keys(body)) {
    if (!known.includes(field)) workspace.violate("unknown_argument", `response_url has no argument ${field}`);
  }
  try {
    respond(workspace, url, body);
    return { status: 200, body: "ok" };
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    workspace.violate(error.code, "response_url");
    return { status: error.code === "no_text" ? 500 : 400, body: error.code };
  }
}

function refuse(workspace: Workspace, error: string, id: string): { status: number; body: string } {
  workspace.violate(error, `response_url ${id}`);
  return { status: 404, body: JSON.stringify({ ok: false, error }) };
}

function respond(workspace: Workspace, url: ResponseUrl, body: Json): void {
  if (body.delete_original === true) {
    deleteOriginal(workspace, url);
    return;
  }
  const content = checkContent(
    workspace,
    { text: body.text as string | undefined, blocks: body.blocks },
    { maxText: undefined },
  );
  if (body.replace_original === true) replaceOriginal(workspace, url, content);
  else show(workspace, { url, body, content });
}

function deleteOriginal(workspace: Workspace, url: ResponseUrl): void {
  if (url.whisperId !== undefined) workspace.whispers.remove(url.whisperId);
  const message = messageAt(workspace, url.channel, url.messageTs ?? "");
  if (message !== undefined) remove(workspace, message);
}

type Content = ReturnType<typeof checkContent>;

function replaceOriginal(workspace: Workspace, url: ResponseUrl, content: Content): void {
  const whisper = workspace.whispers.get(url.whisperId ?? "");
  if (whisper !== undefined) {
    workspace.whispers.put(whisper.id, { ...whisper, ...content });
    return;
  }
  const message = messageAt(workspace, url.channel, url.messageTs ?? "");
  if (message === undefined) throw new SlackError("message_not_found");
  edit(workspace, { ...message, ...content, editedTs: workspace.nextTs() }, workspace.app().botUserId);
}

interface Shown {
  readonly url: Pick<ResponseUrl, "channel" | "user" | "threadTs">;
  readonly body: Json;
  readonly content: Content;
}

/** Shows an answer: to the one person, or in the channel when it says `in_channel`. */
export function show(workspace: Workspace, { url, body, content }: Shown): void {
  const ts = workspace.nextTs();
  const threadTs = asText(body.thread_ts) || url.threadTs;
  if (body.response_type !== "in_channel") {
    judgeReach(workspace, content, `private answer to ${url.user}`);
    const { channel, user } = url;
    workspace.whispers.put(ts, compact({ id: ts, channel, ts, threadTs, user, from: "app" as const, ...content }));
    return;
  }
  const app = workspace.app();
  const message: Message = compact({
    channel: url.channel,
    ts,
    threadTs,
    subtype: "bot_message" as const,
    user: app.botUserId,
    botId: app.botId,
    ...content,
    files: [],
    reactions: [],
    unfurlLinks: body.unfurl_links === true,
    unfurlMedia: body.unfurl_media !== false,
    fromApp: true,
  });
  post(workspace, message);
}
