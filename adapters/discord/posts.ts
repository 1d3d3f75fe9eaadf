import { Routes } from "discord.js";
import { plainLine } from "../../src/core/text/visible-text.js";
import type { ChatTarget } from "../../src/ports/chat.js";
import { ChatError, type ChatErrorCode } from "../../src/ports/chat-error.js";
import type { ChatPost, SentPost } from "../../src/ports/chat-post.js";
import { snowflakeOfMs } from "./address.js";
import { calling, type DiscordClient } from "./client.js";
import { codes, discordCodeOf, inThread } from "./errors.js";
import { type DiscordPost, formatPost } from "./format.js";
import { nonceOf } from "./identity.js";
import { limits } from "./limits.js";
import { isPostOf } from "./match.js";
import { type DiscordMessage, discordMessage } from "./payloads.js";
import type { Places } from "./places.js";
import type { Session } from "./session.js";
import type { ThreadReader } from "./thread-reader.js";
import type { Webhooks } from "./webhooks.js";

/** Clocks may differ by this. */
const clockSlackMs = 60_000;
/** The longest Discord keeps a quiet thread open, minutes. */
const autoArchiveMinutes = 10_080;

export interface Posts {
  post(target: ChatTarget, post: ChatPost, key: string): Promise<string[]>;
  edit(target: ChatTarget, ids: readonly string[], post: ChatPost | "removed"): Promise<void>;
  find(target: ChatTarget, sent: SentPost): Promise<string[] | undefined>;
}

function filesOf(file: DiscordPost["file"]): { files?: { name: string; data: Buffer }[] } {
  if (file === undefined) return {};
  const data = "bytes" in file ? Buffer.from(file.bytes) : Buffer.from(file.text);
  // Discord takes no empty file.
  return { files: [{ name: file.name, data: data.length === 0 ? Buffer.from("\n") : data }] };
}

interface PostsOptions {
  client: DiscordClient;
  session: Session;
  places: Places;
  webhooks: Webhooks;
  reader: ThreadReader;
}

/** Everything Parley writes and finds again. */
export function createPosts(options: PostsOptions): Posts {
  const { session, places, reader } = options;
  const openThread = createOpenThread(options);
  const send = createSend(options, openThread);

  return {
    post: (target, post, key) => at(target, () => send(target, post, key)),
    edit: createEdit(options),
    async find(target, sent) {
      const channel = await places.channelFor(target);
      const self = await session.identify();
      const messages = await at(target, () =>
        reader.read(channel, snowflakeOfMs(sent.firstSentAtMs - clockSlackMs), "Looking a post up"),
      );
      const found = messages.find((message) => isPostOf(message, sent, self));
      if (found === undefined) return undefined;
      if (target.kind === "channel")
        await openFoundThread(options, openThread, { channel: target.channel, found, post: sent.post });
      return [found.id];
    },
  };
}

const idOf = (message: unknown): string => discordMessage.pick({ id: true }).parse(message).id;

/** Reads and posts; edits say it in their own way. */
async function at<T>(target: ChatTarget, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw target.kind === "thread" ? inThread(error) : error;
  }
}

/** Nothing was posted through a webhook that is gone: the next try makes a new one. */
function rewordWebhook(webhooks: Webhooks, error: unknown, channel: string): unknown {
  const code = discordCodeOf(error);
  if (code !== codes.unknownWebhook && code !== codes.invalidWebhookToken) return error;
  webhooks.forget(channel);
  const message = "Posting failed. The channel's webhook is gone; a new one is made.";
  return new ChatError(message, { code: "unavailable", cause: error });
}

type OpenThread = (channel: string, id: string, post: ChatPost) => Promise<void>;

function createOpenThread({ client }: PostsOptions): OpenThread {
  return async function openThread(channel: string, id: string, post: ChatPost): Promise<void> {
    const name = (post.kind === "root" ? plainLine(post.card.name, limits.threadName) : "") || "room";
    try {
      await calling("post", "Making a thread", () =>
        client.rest().post(Routes.threads(channel, id), { body: { name, auto_archive_duration: autoArchiveMinutes } }),
      );
    } catch (error) {
      if (discordCodeOf(error) !== codes.threadExists) throw error;
    }
  };
}

const noThread =
  "Discord does not let Parley open a thread here, so this room is not shown. Its page and health say why.";

/**
 * The root stands without its thread. Where Discord refuses the thread for good, a line of the root says so until it can be
 * opened. The card stays: by its buttons the root is found again.
 */
async function openFoundThread(
  { client }: PostsOptions,
  openThread: OpenThread,
  { channel, found, post }: { channel: string; found: DiscordMessage; post: ChatPost },
): Promise<void> {
  const isMarked = found.content.includes(noThread);
  const mark = (content: string) =>
    client
      .rest()
      .patch(Routes.channelMessage(channel, found.id), { body: { ...formatPost(post).body, content } })
      .catch(() => undefined);
  try {
    await openThread(channel, found.id, post);
  } catch (error) {
    const isDefinite = error instanceof ChatError && !passing.has(error.code);
    if (isDefinite && !isMarked) await mark(noThread);
    throw error;
  }
  if (isMarked) await mark("");
}

/** Failures that may be over at the next try. */
const passing: ReadonlySet<ChatErrorCode> = new Set(["rate_limited", "unavailable", "outcome_unknown"]);

function createSend(options: PostsOptions, openThread: OpenThread) {
  const { client, places, webhooks } = options;

  async function sendByBot(channel: string, { body, file }: DiscordPost, key: string): Promise<string> {
    const named = { ...body, nonce: nonceOf(key), enforce_nonce: true };
    const files = filesOf(file);
    return calling("post", "Posting", async () =>
      idOf(await client.rest().post(Routes.channelMessages(channel), { body: named, ...files })),
    );
  }

  async function sendByWebhook(target: ChatTarget, formatted: DiscordPost): Promise<string> {
    if (target.kind !== "thread") throw new ChatError("Voices speak in threads only.", { code: "refused" });
    const hook = await webhooks.of(target.channel);
    const query = new URLSearchParams({ wait: "true", thread_id: target.thread });
    const { body, identity, file } = formatted;
    const files = filesOf(file);
    try {
      return await calling("post", "Posting", async () =>
        idOf(
          await client.rest().post(Routes.webhook(hook.id, hook.token), {
            auth: false,
            query,
            body: { ...body, ...identity },
            ...files,
          }),
        ),
      );
    } catch (error) {
      throw rewordWebhook(webhooks, error, target.channel);
    }
  }

  /** The message exists; only a look-up can tell whether the thread does. */
  async function openThreadAfterPost(channel: string, id: string, post: ChatPost): Promise<void> {
    try {
      await openThread(channel, id, post);
    } catch (cause) {
      const message = "Making a thread failed after its message was posted. It is looked up.";
      throw new ChatError(message, { code: "outcome_unknown", cause });
    }
  }

  return async function send(target: ChatTarget, post: ChatPost, key: string): Promise<string[]> {
    const formatted = formatPost(post);
    if (formatted.identity !== undefined) return [await sendByWebhook(target, formatted)];
    const id = await sendByBot(await places.channelFor(target), formatted, key);
    if (target.kind === "channel") await openThreadAfterPost(target.channel, id, post);
    return [id];
  };
}

function createEdit({ client, places, webhooks }: PostsOptions): Posts["edit"] {
  /** In an archived thread nothing can be edited; a locked one stays as it is. */
  async function inOpenThread(target: ChatTarget, run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (discordCodeOf(error) !== codes.archived || target.kind !== "thread") throw error;
      await calling("edit", "Opening an archived thread", () =>
        client.rest().patch(Routes.channel(target.thread), { body: { archived: false } }),
      );
      await run();
    }
  }

  async function editByBot(channel: string, id: string, { body }: DiscordPost): Promise<void> {
    await calling("edit", "Editing a post", () => client.rest().patch(Routes.channelMessage(channel, id), { body }));
  }

  async function editByWebhook(target: ChatTarget & { kind: "thread" }, id: string, post: DiscordPost): Promise<void> {
    const { id: hook, token } = await webhooks.of(target.channel);
    const query = new URLSearchParams({ thread_id: target.thread });
    try {
      await calling("edit", "Editing a post", () =>
        client.rest().patch(Routes.webhookMessage(hook, token, id), { auth: false, query, body: post.body }),
      );
    } catch (error) {
      throw rewordWebhook(webhooks, error, target.channel);
    }
  }

  /** In a thread that is gone there is nothing to edit. */
  async function editIn(target: ChatTarget, run: () => Promise<void>): Promise<void> {
    try {
      await inOpenThread(target, run);
    } catch (cause) {
      if (target.kind !== "thread" || discordCodeOf(cause) !== codes.unknownChannel) throw cause;
      throw new ChatError("Editing a post failed. Its thread does not exist any more.", { code: "post_gone", cause });
    }
  }

  async function remove(channel: string, id: string): Promise<void> {
    try {
      await calling("edit", "Removing a post", () => client.rest().delete(Routes.channelMessage(channel, id)));
    } catch (error) {
      const code = discordCodeOf(error);
      if (code !== codes.unknownMessage && code !== codes.unknownChannel) throw error;
    }
  }

  return async (target, ids, post) => {
    const [id] = ids;
    if (id === undefined) throw new ChatError("There is no post to edit.", { code: "post_gone" });
    const isRoot = target.kind === "thread" && target.thread === id;
    const channel = isRoot ? target.channel : await places.channelFor(target);
    await editIn(target, async () => {
      if (post === "removed") return remove(channel, id);
      const formatted = formatPost(post);
      if (formatted.identity !== undefined && target.kind === "thread") return editByWebhook(target, id, formatted);
      return editByBot(channel, id, formatted);
    });
  };
}
