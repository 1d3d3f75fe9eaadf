import { createDiscordChat } from "../../../adapters/discord/chat.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { createSlackChat } from "../../../adapters/slack/chat.js";
import { splitText } from "../../../src/core/text/split-text.js";
import type { Chat, ThreadTarget } from "../../../src/ports/chat.js";
import type { ChatMessage, ChatPost, GateCard, RootCard } from "../../../src/ports/chat-post.js";

/** Platforms that `chat:live` knows. */
export type LivePlatform = "slack" | "discord";

type Env = Readonly<Record<string, string | undefined>>;

/** Environment variables that a run needs, with their meaning. */
export const neededVariables: Readonly<Record<LivePlatform, Readonly<Record<string, string>>>> = {
  slack: {
    SLACK_BOT_TOKEN: "the bot token (xoxb-…)",
    SLACK_APP_TOKEN: "the app-level token (xapp-…)",
    PARLEY_LIVE_CHANNEL: "id of a channel for tests that Parley is a member of, such as C0123456789",
  },
  discord: {
    DISCORD_BOT_TOKEN: "the bot token",
    DISCORD_GUILD_ID: "id of a server for tests",
    PARLEY_LIVE_CHANNEL: "id of a text channel for tests in it",
  },
};

/** What a run makes and what it leaves, for people. */
export const liveEffects: Readonly<Record<LivePlatform, string>> = {
  slack:
    "It makes one thread with about ten posts in PARLEY_LIVE_CHANNEL. It removes what it posted under its own name; Slack lets nobody delete posts under another name, so these stay as “(withdrawn)”, and so does one small file.",
  discord:
    "It makes one thread with about ten posts in PARLEY_LIVE_CHANNEL, and a webhook named Parley if the channel has none. It removes its posts; the webhook and the empty thread stay.",
};

/** Names of the variables that are missing, with their meaning. */
export function missingVariables(platform: LivePlatform, env: Env): string[] {
  return Object.entries(neededVariables[platform]).flatMap(([key, meaning]) => (env[key] ? [] : `${key}: ${meaning}`));
}

interface Step {
  name: string;
  run: () => Promise<void>;
  /** Without it no later step makes sense. */
  isNeeded?: true;
}

/** Runs the steps against the platform that `env` names. Gives the names of the steps that failed; `print` gets a line for each. */
export async function runLive(
  platform: LivePlatform,
  { env, print, now = String(Date.now()) }: { env: Env; print: (line: string) => void; now?: string },
): Promise<string[]> {
  const chat = createChat(platform, env);
  let connects = 0;
  const { stop } = await chat.start({
    deliver: async () => ({ kind: "none" }),
    connected: () => {
      connects += 1;
    },
  });
  const failed: string[] = [];
  try {
    for (const { name, run, isNeeded } of stepsOf(chat, {
      channel: env.PARLEY_LIVE_CHANNEL ?? "",
      now,
      isConnected: () => connects > 0,
    })) {
      const problem = await run().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      print(`${problem === undefined ? "ok  " : "FAIL"} ${name}${problem === undefined ? "" : `: ${problem}`}`);
      if (problem !== undefined) failed.push(name);
      if (problem !== undefined && isNeeded) break;
    }
  } finally {
    await stop();
  }
  return failed;
}

function createChat(platform: LivePlatform, env: Env): Chat {
  const shared = { clock: createSystemClock(), logger: createMemoryLogger() };
  if (platform === "slack")
    return createSlackChat({
      botToken: env.SLACK_BOT_TOKEN ?? "",
      appToken: env.SLACK_APP_TOKEN ?? "",
      ...(env.SLACK_API_URL && { apiUrl: env.SLACK_API_URL }),
      ...shared,
    });
  return createDiscordChat({
    botToken: env.DISCORD_BOT_TOKEN ?? "",
    ...(env.DISCORD_GUILD_ID && { guildId: env.DISCORD_GUILD_ID }),
    ...(env.DISCORD_API_URL && { apiUrl: env.DISCORD_API_URL }),
    ...shared,
  });
}

const from = { name: "coder", displayName: "Coder", role: "coder", kind: "agent" } as const;
const message = (text: string, more: Partial<ChatMessage> = {}): ChatPost => ({
  kind: "message",
  message: { from, to: "room", text, part: { number: 1, count: 1 }, ...more },
});
const root = (state: RootCard["state"]): ChatPost => ({
  kind: "root",
  card: {
    roomId: "live",
    name: "parley live check",
    state,
    participants: [{ ...from, status: "idle" }],
    usd: 0,
    buttons: [],
  },
});
const gate = (more: Partial<GateCard>): ChatPost => ({
  kind: "gate",
  gate: {
    kind: "message",
    heading: "coder wants to say to everyone",
    why: "a check",
    body: "hello",
    buttons: [],
    ...more,
  },
});
const hostile =
  "@here @everyone <!channel> <@U1> https://example.org\n\n```html\n</div>\n```\n| a | b |\n|---|---|\n| 1 | 2 |";
const approve = { kind: "press", id: "live:approve", label: "Approve", style: "primary" } as const;
const pauseMs = 1_200;

function check(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}

function stepsOf(chat: Chat, given: { channel: string; now: string; isConnected: () => boolean }): Step[] {
  const { channel, now, isConnected } = given;
  const startedAtMs = Date.now();
  const posted: { ids: string[]; post: ChatPost }[] = [];
  let thread: ThreadTarget = { kind: "thread", channel, thread: "" };
  const keyOf = (name: string) => `live-${now}/1/0/${name}`;
  const post = async (name: string, one: ChatPost): Promise<string[]> => {
    await pause();
    const ids = await chat.post(thread, one, keyOf(name));
    posted.push({ ids, post: one });
    return ids;
  };
  const find = (name: string, one: ChatPost) =>
    chat.find(thread, { key: keyOf(name), post: one, firstSentAtMs: startedAtMs, recordedIds: new Set() });
  const said = message(`hello ${now}`);
  const card = gate({ buttons: [approve] });
  let cardIds: string[] = [];
  return [
    { name: "connects and is healthy", isNeeded: true, run: () => untilHealthy(chat, isConnected) },
    {
      name: "opens a thread",
      isNeeded: true,
      run: async () => {
        const [id = ""] = await chat.post({ kind: "channel", channel }, root("active"), keyOf("root"));
        thread = { kind: "thread", channel, thread: id };
      },
    },
    { name: "posts under an agent's name", run: async () => void (await post("said", said)) },
    {
      name: "finds the post again, and none that was never made",
      run: async () => {
        check((await find("said", said))?.[0] === posted[0]?.ids[0], "the post was not found");
        check((await find("never", message(`never ${now}`))) === undefined, "a post was found that was never made");
      },
    },
    {
      name: "posts Markdown and what looks like a mention",
      run: async () => void (await post("hostile", message(hostile))),
    },
    {
      name: "posts the longest parts",
      run: async () => {
        const parts = splitText("words of an agent, ".repeat(400), chat.supports.maxPostChars).slice(0, 2);
        for (const [at, text] of parts.entries())
          await post(`long-${at}`, message(text, { part: { number: at + 1, count: parts.length } }));
      },
    },
    {
      name: "posts a file",
      run: async () => void (await post("file", message("beginning", { file: { name: "whole.md", text: "# Whole" } }))),
    },
    {
      name: "posts a card with a button",
      run: async () => {
        cardIds = await post("card", card);
      },
    },
    {
      name: "edits the card when it is decided",
      run: () =>
        chat.edit(thread, cardIds, gate({ resolved: { outcome: "approved", by: "nobody", atMs: startedAtMs } })),
    },
    { name: "edits the root", run: () => chat.edit(thread, [thread.thread], root("closed")) },
    {
      name: "reads the thread without its own posts",
      run: async () => check((await chat.history(thread, startedAtMs - 60_000)).length === 0, "own posts came back"),
    },
    {
      name: "removes what it posted",
      run: async () => {
        for (const { ids } of posted.toReversed()) await chat.edit(thread, ids, "removed");
        await chat.edit(thread, [thread.thread], "removed");
      },
    },
  ];
}

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, pauseMs));

async function untilHealthy(chat: Chat, isConnected: () => boolean): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    const { ok, detail } = await chat.check();
    if (ok && isConnected()) return;
    if (tries === 19) throw new Error(detail ?? "no connection");
    await pause();
  }
}
