import type { ChatTarget } from "../../src/ports/chat.js";
import { ChatError } from "../../src/ports/chat-error.js";
import type { ChatMessage, ChatPost, GateCard, SentPost } from "../../src/ports/chat-post.js";
import { tsOfMs } from "./address.js";
import { calling, type SlackClients } from "./client.js";
import { lacksIdentity, slackErrorOf } from "./errors.js";
import { shareFile, type UploadedFile, uploadFile } from "./files.js";
import { formatPost, type SlackPost, withdrawnPost, withoutIdentity } from "./format.js";
import type { Session } from "./session.js";
import { type ReadMessage, readMessages, type Where } from "./thread-reader.js";

const eventType = "parley_post";
/** Clocks may differ by this. */
const clockSlackMs = 60_000;
const maxDirectChannels = 1_000;

export interface Posts {
  post(target: ChatTarget, post: ChatPost, key: string): Promise<string[]>;
  edit(target: ChatTarget, ids: readonly string[], post: ChatPost | "removed"): Promise<void>;
  find(target: ChatTarget, sent: SentPost): Promise<string[] | undefined>;
}

interface PostsOptions {
  clients: SlackClients;
  session: Session;
}

/** Everything Parley writes and finds again. A post's id is its time stamp. */
export function createPosts({ clients, session }: PostsOptions): Posts {
  const placeOf = createPlaces(clients);

  async function send(where: Where, formatted: SlackPost, key: string): Promise<string> {
    const { text, blocks, identity } = session.mayUseIdentities() ? formatted : withoutIdentity(formatted);
    const { ts } = await clients.write.chat.postMessage({
      ...wire(where),
      text,
      ...(blocks.length > 0 && { blocks }),
      ...identity,
      metadata: { event_type: eventType, event_payload: { key } },
      unfurl_links: false,
      unfurl_media: false,
      link_names: false,
    });
    if (ts === undefined) throw new Error("Slack named no time stamp.");
    return ts;
  }

  /** Without the scope for names nothing was posted, and the name goes into the text. */
  async function sendAsAllowed(where: Where, formatted: SlackPost, key: string): Promise<string> {
    try {
      return await send(where, formatted, key);
    } catch (error) {
      if (!lacksIdentity(error)) throw error;
      session.doubt();
      return send(where, withoutIdentity(formatted), key);
    }
  }

  /** The post exists; only a look-up can tell whether the file does. */
  async function share(file: UploadedFile, where: Where): Promise<void> {
    try {
      await calling("post", "Showing a file", () => shareFile(clients, file, wire(where)));
    } catch (cause) {
      const message = "Showing a file failed after its message was posted. It is looked up.";
      throw new ChatError(message, { code: "outcome_unknown", cause });
    }
  }

  async function replace(channel: string, ts: string, formatted: SlackPost): Promise<void> {
    const { text, blocks } = session.mayUseIdentities() ? formatted : withoutIdentity(formatted);
    await calling("edit", "Editing a post", () =>
      clients.write.chat.update({ channel, ts, text, blocks, link_names: false }),
    );
  }

  async function remove(channel: string, ts: string): Promise<void> {
    try {
      await calling("edit", "Removing a post", () => clients.write.chat.delete({ channel, ts }));
    } catch (error) {
      const refusal = slackErrorOf(error);
      if (refusal === "message_not_found") return;
      // Posts under another name cannot be deleted.
      if (refusal !== "cant_delete_message") throw error;
      await replace(channel, ts, withdrawnPost);
    }
  }

  return {
    async post(target, post, key) {
      const where = await placeOf(target);
      const file = fileOf(post);
      const uploaded = file === undefined ? undefined : await uploadFile(clients, file);
      const ts = await calling("post", "Posting", () => sendAsAllowed(where, formatPost(post), key));
      if (uploaded !== undefined) await share(uploaded, where);
      return [ts];
    },
    async edit(target, ids, post) {
      const [ts] = ids;
      if (ts === undefined) throw new ChatError("There is no post to edit.", { code: "post_gone" });
      const { channel } = await placeOf(target);
      await (post === "removed" ? remove(channel, ts) : replace(channel, ts, formatPost(post)));
    },
    async find(target, { key, post, firstSentAtMs, recordedIds }) {
      const where = await placeOf(target);
      const messages = await calling("read", "Looking a post up", () =>
        readMessages(clients, where, tsOfMs(firstSentAtMs - clockSlackMs)),
      );
      const found = messages.find((message) => isPostOf(message, key) && !recordedIds.has(message.ts));
      if (found === undefined) return undefined;
      const file = fileOf(post);
      if (file !== undefined && !messages.some((message) => shows(message, found, file.name)))
        await share(await uploadFile(clients, file), where);
      return [found.ts];
    },
  };
}

const wire = ({ channel, thread }: Where) => (thread === undefined ? { channel } : { channel, thread_ts: thread });

function fileOf(post: ChatPost): GateCard["file"] | ChatMessage["attachment"] {
  if (post.kind === "gate") return post.gate.file;
  return post.kind === "message" ? (post.message.file ?? post.message.attachment) : undefined;
}

const isPostOf = ({ metadata }: ReadMessage, key: string): boolean =>
  metadata?.event_type === eventType && metadata.event_payload?.key === key;

/** Whether a message is Parley's showing of this file, after the post it belongs to. */
function shows(message: ReadMessage, post: ReadMessage, name: string): boolean {
  const isParleys = typeof message.bot_id === "string" && message.bot_id === post.bot_id;
  return isParleys && Number(message.ts) > Number(post.ts) && (message.files ?? []).some((file) => file.name === name);
}

/** Where a target lies; the direct channel with a person is asked for once. */
function createPlaces(clients: SlackClients): (target: ChatTarget) => Promise<Where> {
  const direct = new Map<string, string>();
  return async (target) => {
    if (target.kind === "thread") return { channel: target.channel, thread: target.thread };
    if (target.kind === "channel") return { channel: target.channel };
    const known = direct.get(target.userId);
    if (known !== undefined) return { channel: known };
    const opened = await calling("read", "Opening a direct message", () =>
      clients.write.conversations.open({ users: target.userId }),
    );
    const channel = opened.channel?.id;
    if (channel === undefined) throw new ChatError("Slack opened no direct message.", { code: "unavailable" });
    if (direct.size >= maxDirectChannels) direct.clear();
    direct.set(target.userId, channel);
    return { channel };
  };
}
