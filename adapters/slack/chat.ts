import type { Chat, ThreadTarget } from "../../src/ports/chat.js";
import { ChatError } from "../../src/ports/chat-error.js";
import type { ChatDoor, Inbound } from "../../src/ports/chat-inbound.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Health } from "../../src/ports/health.js";
import type { Logger } from "../../src/ports/logger.js";
import { chatHealth } from "../kit/chat-health.js";
import { createDoubtedCalls } from "../kit/doubted-calls.js";
import { settle } from "../kit/settle.js";
import { createUnnamedLimit, type UnnamedLimit } from "../kit/unnamed-limit.js";
import { tsOfMs } from "./address.js";
import { createAnswers } from "./answers.js";
import { calling, createSlackClients, type SlackClients } from "./client.js";
import { downloadFile } from "./files.js";
import { slackSupports } from "./limits.js";
import { parseMessage, platform, usersOf } from "./parse.js";
import { createPeople, type People } from "./people.js";
import { createPosts } from "./posts.js";
import { createHttpMount, createSockets, type Sockets } from "./receivers.js";
import { createSession, type Session } from "./session.js";
import { readMessages } from "./thread-reader.js";

/** Failures after which the token may be bad or lack rights. */
const doubtfulCodes = ["unauthorized", "missing_permission", "unavailable"] as const;
/** Longest that starting waits for Slack. */
const startPatienceMs = 4_000;
/** Threads are not caught up more often than this because something was sent again. */
const catchUpAgainMs = 30_000;

export interface SlackChatOptions {
  /** `xoxb-…` */
  botToken: string;
  /** `xapp-…`: Socket Mode. */
  appToken?: string | undefined;
  /** HTTP mode at `/slack/events`; ignored if there is an `appToken`. */
  signingSecret?: string | undefined;
  /** Default Slack's own. */
  apiUrl?: string | undefined;
  clock: Clock;
  logger: Logger;
}

/** Slack as a chat of Parley. Throws only for options that name neither an app token nor a signing secret. */
export function createSlackChat(options: SlackChatOptions): Chat {
  const { botToken, apiUrl, clock, logger } = options;
  if (options.appToken === undefined && options.signingSecret === undefined)
    throw new TypeError(
      "Slack needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) beside SLACK_BOT_TOKEN.",
    );
  const limit = createUnnamedLimit({ platform: "Slack", clock });
  const clients = createSlackClients({ botToken, apiUrl, clock, limit });
  const people = createPeople({ clients, clock });
  let sockets: Sockets | undefined;
  let door: ChatDoor | undefined;
  const session = createSession({
    clients,
    clock,
    logger,
    onBetter() {
      sockets?.start();
      if (sockets === undefined || sockets.open() > 0) door?.connected();
    },
  });
  const posts = createPosts({ clients, session });
  const watched = createDoubtedCalls(session, doubtfulCodes);

  return {
    platform,
    supports: slackSupports,
    async start(opened) {
      door = opened;
      const take = createAnswers({ door, clients, people, session, clock, logger });
      const { appToken, signingSecret = "" } = options;
      const onChange = createHearing(opened, logger);
      const onReplaced = () => opened.connected();
      const onCutOff = () => opened.disconnected?.();
      if (appToken !== undefined)
        sockets = createSockets({ appToken, apiUrl, clock, logger, take, onChange, onReplaced, onCutOff });
      await settle(clock, session.start(), startPatienceMs);
      const onSentAgain = createSometimes(clock, () => opened.connected());
      const mounts =
        sockets === undefined ? [createHttpMount({ signingSecret, clock, logger, take, onSentAgain })] : [];
      const stop = async (): Promise<void> => {
        session.stop();
        await sockets?.stop();
      };
      return { mounts, stop };
    },
    post: (target, post, key) => watched(() => posts.post(target, post, key)),
    edit: (target, ids, post) => watched(() => posts.edit(target, ids, post)),
    find: (target, sent) => watched(() => posts.find(target, sent)),
    history: (target, sinceMs) => watched(() => readHistory({ clients, people, session, clock }, target, sinceMs)),
    download: (file, maxBytes) => watched(() => downloadFile(clients, file, { botToken, apiUrl, maxBytes })),
    check: async () => healthOf(session, sockets, limit),
  };
}

/** Tells the door when Parley hears again after it was deaf. */
function createHearing(door: ChatDoor, logger: Logger): (open: number) => void {
  let before = 0;
  return (open) => {
    if (before === 0 && open > 0) {
      logger.info({}, "Slack: connected");
      door.connected();
    }
    if (before > 0 && open === 0) {
      logger.warn({}, "Slack: deaf, no socket is open");
      door.disconnected?.();
    }
    before = open;
  };
}

/** Over HTTP nothing says that Parley was out of reach but what Slack sends again; then other things may be lost. */
function createSometimes(clock: Clock, run: () => void): () => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (clock.monotonicMs() - lastMs < catchUpAgainMs) return;
    lastMs = clock.monotonicMs();
    run();
  };
}

interface HistoryOptions {
  clients: SlackClients;
  people: People;
  session: Session;
  clock: Clock;
}

async function readHistory(options: HistoryOptions, target: ThreadTarget, sinceMs: number): Promise<Inbound[]> {
  const { clients, people, session, clock } = options;
  const { channel, thread } = target;
  const botUserId = session.self()?.botUserId;
  if (botUserId === undefined)
    throw new ChatError(session.problem() ?? "Slack was not reached yet.", { code: "unavailable" });
  const messages = await calling("read", "Reading a thread", () =>
    readMessages(clients, { channel, thread }, tsOfMs(sinceMs)),
  );
  const names = await people.namesOf(messages.flatMap(usersOf).filter((user) => user !== botUserId));
  const reading = { botUserId, names, nowMs: clock.nowMs() };
  return messages.flatMap((message) => parseMessage(message, channel, reading) ?? []);
}

function healthOf(session: Session, sockets: Sockets | undefined, limit: UnnamedLimit): Health {
  const isDeaf = sockets !== undefined && sockets.open() === 0;
  const deaf = `Parley does not hear Slack: no web socket is open. ${sockets?.problem() ?? "It is being opened."}`;
  return chatHealth({ problem: limit.problem() ?? session.problem(), deaf: isDeaf ? deaf : undefined });
}
