import { describe, expect, test } from "vitest";
import { createGuildNames } from "../../../adapters/discord/names.js";
import { parseMessage } from "../../../adapters/discord/parse.js";
import { discordMessage } from "../../../adapters/discord/payloads.js";
import { readContent } from "../../../adapters/discord/read-text.js";

/** Messages that users of other bots reported to be lost or garbled between Discord and their agents. Each row names its report on GitHub. */

const names = createGuildNames();
names.learnGuild({ channels: [{ id: "51", name: "general" }], threads: [], roles: [{ id: "61", name: "crew" }] });
const tom = { id: "22", username: "tom", global_name: "Tom" };
const place = { channel: "51", thread: "52", isDirect: false };
const read = (more: object) => {
  const author = { id: "21", username: "mia", global_name: "Mia" };
  const message = discordMessage.safeParse({ id: "900", type: 0, channel_id: "52", author, content: "", ...more }).data;
  return message && parseMessage(message, place, { botUserId: "1", names })?.action;
};
const forwarded = (message: object) => ({ message_reference: { type: 1 }, message_snapshots: [{ message }] });
const voice = { filename: "voice-message.ogg", size: 9, url: "https://cdn.discordapp.com/v", duration_secs: 2.5 };

describe("what a person says beside the text arrives", () => {
  test.each<[string, object, object]>([
    [
      "nanocoai/nanoclaw#2922: a forward has an empty content",
      {
        ...forwarded({ content: "prod is down", timestamp: "2026-07-04T00:00:00Z", edited_timestamp: null }),
        flags: 16_384,
      },
      { text: "", parts: ["[forwarded message]\n> prod is down"] },
    ],
    [
      "vercel/chat#825: a forwarded voice note is a file",
      forwarded({ content: "", attachments: [voice] }),
      {
        parts: ["[forwarded message]\n> [file voice-message.ogg]"],
        files: [{ name: "voice-message.ogg", bytes: 9 }],
      },
    ],
    [
      "HybridAIOne/hybridclaw#1521: a forwarded report card is an embed with fields",
      forwarded({
        embeds: [{ type: "rich", title: "Report", fields: [{ name: "Page", value: "/login", inline: true }] }],
      }),
      { parts: ["[forwarded message]\n> [attached]\n> > Report\n> > Page: /login"] },
    ],
    [
      "discordjs/discord.js#10872: a forward of several embeds",
      forwarded({
        content: "see",
        embeds: [
          { type: "rich", title: "a" },
          { type: "rich", description: "b" },
        ],
      }),
      { parts: ["[forwarded message]\n> see\n> [attached]\n> > a\n> [attached]\n> > b"] },
    ],
    [
      "kordlib/kord#453: stickers stand in sticker_items",
      { stickers: [], sticker_items: [{ id: "859755587326705664", name: "smiley", format_type: 1 }] },
      { parts: ["[sticker “smiley”]"] },
    ],
    [
      "mautrix/discord#142: a poll has no content",
      {
        poll: {
          question: { text: "Which port?" },
          answers: [
            { answer_id: 1, poll_media: { text: "4400" } },
            { answer_id: 2, poll_media: { text: "80" } },
          ],
          expiry: null,
          allow_multiselect: false,
          layout_type: 1,
        },
      },
      { parts: ["[poll: Which port?]\n- 4400\n- 80"] },
    ],
    [
      "riolubruh/YABDP4Nitro#193: an invitation to listen along has no content",
      { activity: { type: 3, party_id: "spotify:1" } },
      { parts: ["[invitation to an activity]"] },
    ],
    [
      "discord/discord-api-docs#506: an invitation to a game",
      { activity: { type: 1 }, application: { id: "7", name: "osu!" } },
      { parts: ["[invitation to osu!]"] },
    ],
    [
      "vanutp/tgbridge#163: a voice message alone",
      { flags: 8_192, attachments: [{ ...voice, waveform: "AAAA" }] },
      { text: "", files: [{ name: "voice-message.ogg", bytes: 9, url: "https://cdn.discordapp.com/v" }] },
    ],
  ])("%s", (_, more, action) => {
    expect(read(more)).toMatchObject(action);
  });
});

describe("a field that another library could not parse does not lose the message", () => {
  test.each<[string, object]>([
    [
      "discord-haskell/discord-haskell#108: a flag and a nonce of new kinds",
      { flags: 1_024, nonce: "949444490039394304" },
    ],
    [
      "discord-jda/JDA#1692: a sticker without a description",
      { sticker_items: [{ id: "1", name: "x", description: null }] },
    ],
    ["nyxx-discord/nyxx#155: sticker ids that are objects", { sticker_items: [{ id: { value: 1 }, name: "x" }, 5] }],
    [
      "discord-jda/JDA#514: an emoji without a name",
      { poll: { question: { emoji: { id: null, name: null } }, answers: null } },
    ],
    ["Krognol/discordnim#8: an embed of an unknown form", { embeds: [{ type: "gifv", thumbnail: 5, fields: "none" }] }],
    ["V3L0C1T13S/reflectcord#106: a member that is wrong", { member: { nick: 7, roles: "none" } }],
  ])("%s", (_, more) => {
    expect(read({ content: "@coder hi", ...more })).toMatchObject({ kind: "message", text: "@coder hi" });
  });
});

describe("a reply says what it answers", () => {
  const reply = (content: string, to: object | null) => ({ type: 19, content, referenced_message: to });
  test.each<[string, object, string]>([
    [
      "gastownhall/gascity-packs#391: “Let's go with C” under one of two briefs",
      reply("Let's go with C", { author: tom, content: "**Brief**\n- A\n- B\n- C" }),
      "> Tom: **Brief** - A - B - C",
    ],
    [
      "NousResearch/hermes-agent#119230: a reply to a forward",
      reply("explain", { author: tom, content: "", ...forwarded({ content: "prod is down" }) }),
      "> Tom: [forwarded message] > prod is down",
    ],
    [
      "NousResearch/hermes-agent#30085: the message is too old to be resolved",
      { type: 19, content: "explain", message_reference: { message_id: "800" } },
      "> a message that cannot be read",
    ],
    [
      "NousResearch/hermes-agent#10551: a reply to what a webhook posted",
      reply("why?", { author: { id: "9", username: "ci", bot: true }, webhook_id: "9", content: "build failed" }),
      "> ci: build failed",
    ],
  ])("%s", (_, more, replyTo) => {
    expect(read(more)).toMatchObject({ replyTo });
  });
});

describe("code that people type is code in Markdown too", () => {
  test.each([
    [
      "mautrix/discord#37: words behind the first three backticks",
      "```foo bar\nbaz qux\n```",
      "```\nfoo bar\nbaz qux\n```",
    ],
    ["mautrix/discord#37: a block on one line", "```foo```", "```\nfoo\n```"],
    ["mautrix/discord#37: a block that ends in a line of text", "```\nfoo\nbar```\nbaz", "```\nfoo\nbar\n```\nbaz"],
    [
      "vercel/chat#842: code begins behind the fence",
      "run ```npm ci\nnpm test``` now",
      "run \n```\nnpm ci\nnpm test\n```\nnow",
    ],
    ["two blocks in one line", "```a b``` ```c d```", "```\na b\n```\n```\nc d\n```"],
    ["a language stays", "```ts\nlet a;```", "```ts\nlet a;\n```"],
    ["a language alone is code", "```ts```", "```\nts\n```"],
  ])("%s", (_, stored, markdown) => {
    expect(readContent(stored, [], names)).toBe(markdown);
  });

  test.each([
    ["Tyrrrz/DiscordChatExporter#142: a mention in a block", "```\n<@22> <@!22>\n```"],
    ["matrix-org/matrix-appservice-discord#55: a mention in a span", "`<@22>` and ``a ` <#51>``"],
    ["oldcordapp/Oldcord#53: a role in a span", "run `notify <@&61>`"],
    ["a time and an emoji in a block", "```html\n<t:0:R> <:ok:13>\n```"],
    ["a block in a quote", "> ```ts\n> let a;\n> ```\nand"],
    ["a block in an item", "- ```\n  a\n  ```\n- b"],
    ["a fence of four backticks", "````md\n```ts\na\n```\n````"],
    ["a fence without an end", "```ts\nlet a;"],
  ])("and stays as it is: %s", (_, stored) => {
    expect(readContent(stored, [tom], names)).toBe(stored);
  });
});

test.each([
  ["42wim/matterbridge#1880: a channel", "see <#51>", "see #general"],
  ["PJB3005/MoMMI#7: a role, an emoji", " <@&61> <:hat:239822060770033664>", " @crew :hat:"],
  ["FragLand/terracord#26: a channel and a user", "<#1234567890> <@!22>", "a channel @Tom"],
  ["a user that the message does not list", "ask <@700660266586325052>", "ask somebody"],
])("a reader sees names in place of ids: %s", (_, stored, shown) => {
  expect(readContent(stored, [tom], names)).toBe(shown);
});

test.each<[string, () => void, string]>([
  ["fjaros/wowchat#125: the name in the server", () => names.learnNick("21", "Mage"), "Mage"],
  ["42wim/matterbridge#1493: a nickname that changed meanwhile", () => names.learnNick("21", "Joe"), "Joe"],
  ["nextcord/nextcord#1203: a nickname that was removed", () => names.learnNick("21", null), "Mia"],
])("a person is called as the platform calls them: %s", (_, change, shown) => {
  change();
  const author = { id: "21", username: "mia", global_name: "Mia" };
  const message = discordMessage.parse({ id: "900", type: 0, channel_id: "52", author, content: "hi" });
  expect(parseMessage(message, place, { botUserId: "1", names })?.user.displayName).toBe(shown);
});
