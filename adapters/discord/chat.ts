import { Routes } from "discord.js";
import type { Chat, ThreadTarget } from "../../src/ports/chat.js";
import type { ChatDoor, Inbound } from "../../src/ports/chat-inbound.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Health } from "../../src/ports/health.js";
import type { Logger } from "../../src/ports/logger.js";
import { chatHealth } from "../kit/chat-health.js";
import { createDoubtedCalls } from "../kit/doubted-calls.js";
import { settle } from "../kit/settle.js";
import { createUnnamedLimit, type UnnamedLimit } from "../kit/unnamed-limit.js";
import { snowflakeOfMs } from "./address.js";
import { createAnswers } from "./answers.js";
import { createDiscordClient, type DiscordClient } from "./client.js";
import { commandDefinitions } from "./commands.js";
import { inThread } from "./errors.js";
import { createEvents } from "./events.js";
import { downloadFile } from "./files.js";
import { discordSupports } from "./limits.js";
import { createGuildNames, type GuildNames } from "./names.js";
import { parseMessage, platform } from "./parse.js";
import { createPlaces } from "./places.js";
import { createPosts } from "./posts.js";
import { createReceivers, type Receivers } from "./receivers.js";
import { contentProblem, createSession, type Session } from "./session.js";
import { createThreadReader, type ThreadReader } from "./thread-reader.js";
import { createWebhooks } from "./webhooks.js";

/** Failures after which the token may be bad or lack rights. */
const doubtfulCodes = ["unauthorized", "missing_permission", "unavailable", "channel_gone"] as const;
/** Longest that starting waits for Discord. */
const startPatienceMs = 4_000;

export interface DiscordChatOptions {
  botToken: string;
  /** The server whose members have `/room`; absent: every server the app is in. */
  guildId?: string | undefined;
  /** Default Discord's own. */
  apiUrl?: string | undefined;
  clock: Clock;
  logger: Logger;
}

/** Discord as a chat of Parley. */
export function createDiscordChat(options: DiscordChatOptions): Chat {
  const { botToken, guildId, apiUrl, clock, logger } = options;
  const limit = createUnnamedLimit({ platform: "Discord", clock });
  const client = createDiscordClient({ botToken, apiUrl, limit });
  const places = createPlaces(client);
  const names = createGuildNames();
  let receivers: Receivers | undefined;
  let door: ChatDoor | undefined;
  const session = createSession({
    client,
    guildId,
    clock,
    logger,
    onBetter() {
      receivers?.start();
      void registerCommands({ client, session, guildId, logger });
      if (receivers?.isOpen() === true) door?.connected();
    },
  });
  const reader = createThreadReader(client);
  const posts = createPosts({ client, session, places, webhooks: createWebhooks(client, session), reader });
  const watched = createDoubtedCalls(session, doubtfulCodes);

  return {
    platform,
    supports: discordSupports,
    async start(opened) {
      door = opened;
      const answers = createAnswers({ door, client, places, clock, logger });
      const onDispatch = createEvents({ answers, places, names, session, door, clock, logger });
      const { mayReadContent } = session;
      const onOpen = () => opened.connected();
      const onClosed = () => opened.disconnected?.();
      receivers = createReceivers({ client, mayReadContent, clock, logger, onDispatch, onOpen, onClosed });
      await settle(clock, session.start(), startPatienceMs);
      const stop = async (): Promise<void> => {
        session.stop();
        await receivers?.stop();
      };
      return { mounts: [], stop };
    },
    post: (target, post, key) => watched(() => posts.post(target, post, key)),
    edit: (target, ids, post) => watched(() => posts.edit(target, ids, post)),
    find: (target, sent) => watched(() => posts.find(target, sent)),
    history: (target, sinceMs) => watched(() => readHistory({ reader, session, names }, target, sinceMs)),
    download: (file, maxBytes) => watched(() => downloadFile(file, { apiUrl, maxBytes })),
    check: async () => healthOf(session, receivers, limit),
  };
}

/** Replaces the registered commands; the same commands again change nothing. */
async function registerCommands(options: {
  client: DiscordClient;
  session: Session;
  guildId: string | undefined;
  logger: Logger;
}): Promise<void> {
  const { client, session, guildId, logger } = options;
  const applicationId = session.self()?.applicationId;
  if (applicationId === undefined) return;
  const path =
    guildId === undefined
      ? Routes.applicationCommands(applicationId)
      : Routes.applicationGuildCommands(applicationId, guildId);
  try {
    await client.rest().put(path, { body: commandDefinitions() });
  } catch (error) {
    logger.warn({ error: String(error) }, "Discord: /room could not be registered");
    session.doubt();
  }
}

async function readHistory(
  { reader, session, names }: { reader: ThreadReader; session: Session; names: GuildNames },
  target: ThreadTarget,
  sinceMs: number,
): Promise<Inbound[]> {
  const self = await session.identify();
  const after = snowflakeOfMs(sinceMs - 1);
  const messages = await reader.read(target.thread, after, "Reading a thread").catch((error: unknown) => {
    throw inThread(error);
  });
  const place = { channel: target.channel, thread: target.thread, isDirect: false };
  return messages.flatMap((message) => parseMessage(message, place, { botUserId: self.botUserId, names }) ?? []);
}

function healthOf(session: Session, receivers: Receivers | undefined, limit: UnnamedLimit): Health {
  const isDeaf = receivers === undefined || !receivers.isOpen();
  const isBlind = receivers?.lacksContent() === true || (session.isGood() && !session.mayReadContent());
  const deaf = `Parley does not hear Discord. ${receivers?.problem() ?? "The connection is being opened."}`;
  return chatHealth({
    problem: limit.problem() ?? session.problem(),
    deaf: isDeaf ? deaf : undefined,
    limitation: isBlind ? contentProblem : undefined,
  });
}
