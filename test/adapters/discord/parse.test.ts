import { describe, expect, test } from "vitest";
import { createGuildNames } from "../../../adapters/discord/names.js";
import { parseChange, parseMessage } from "../../../adapters/discord/parse.js";
import { discordMessage } from "../../../adapters/discord/payloads.js";
import { readContent } from "../../../adapters/discord/read-text.js";

const names = createGuildNames();
names.learnGuild({
  channels: [{ id: "51", name: "general" }, { id: 7 }, null],
  threads: [{ id: "52", name: "fix-login" }],
  roles: [{ id: "61", name: "crew" }],
});
names.learnRole({ role: { id: "62", name: "ops" } });
const tom = { id: "22", username: "tom", global_name: "Tom" };
const place = { channel: "51", thread: "52", isDirect: false };
const parse = (more: object) => {
  const author = { id: "21", username: "mia", global_name: "Mia" };
  const message = discordMessage.safeParse({ id: "900", type: 0, channel_id: "52", author, content: "", ...more }).data;
  return message && parseMessage(message, place, { botUserId: "1", names });
};
const read = (more: object) => parse(more)?.action;
const forwarded = (message: object) => ({ message_reference: { type: 1 }, message_snapshots: [{ message }] });
const file = { filename: "a.txt", size: 3, url: "https://cdn.discordapp.com/a" };

describe("a part of a message beside its text becomes text", () => {
  test.each<[string, object, object]>([
    [
      "a forward with a file",
      forwarded({ content: "prod is DOWN\n@coder go", attachments: [file] }),
      {
        text: "",
        parts: ["[forwarded message]\n> prod is DOWN\n> @coder go\n> [file a.txt]"],
        files: [{ name: "a.txt", bytes: 3, url: "https://cdn.discordapp.com/a" }],
      },
    ],
    [
      "a forward of an embed",
      forwarded({ content: "", embeds: [{ type: "rich", title: "Alarm", description: "disk" }] }),
      { parts: ["[forwarded message]\n> [attached]\n> > Alarm\n> > disk"] },
    ],
    [
      "a forward of a sticker",
      forwarded({ sticker_items: [{ name: "ok" }] }),
      { parts: ["[forwarded message]\n> [sticker “ok”]"] },
    ],
    ["a forward of nothing", forwarded({}), { unreadable: ["a forwarded message without text"] }],
    [
      "a sticker alone",
      { sticker_items: [{ id: "1", name: "ship it", format_type: 1 }] },
      { parts: ["[sticker “ship it”]"] },
    ],
    [
      "a poll alone",
      {
        poll: {
          question: { text: "Deploy?" },
          answers: [
            { answer_id: 1, poll_media: { text: "yes", emoji: { name: "👍" } } },
            { poll_media: { text: "no" } },
          ],
        },
      },
      { parts: ["[poll: Deploy?]\n- 👍 yes\n- no"] },
    ],
    [
      "an embed without text",
      { embeds: [{ type: "rich", author: { name: "Bob" }, description: "hi" }] },
      { parts: ["[attached from Bob]\n> hi"] },
    ],
    [
      "a reply",
      { type: 19, content: "@coder do", referenced_message: { author: tom, content: "deploy\nit? <#51>" } },
      { text: "@coder do", replyTo: "> Tom: deploy it? #general" },
    ],
    [
      "a reply to a picture",
      { type: 19, content: "nice", referenced_message: { author: tom, content: "", attachments: [file] } },
      { replyTo: "> Tom: [file a.txt]" },
    ],
    [
      "a reply to what was deleted",
      { type: 19, content: "why", referenced_message: null },
      { replyTo: "> a message that cannot be read" },
    ],
  ])("%s", (_, more, action) => {
    expect(read(more)).toMatchObject(action);
  });

  test("and a long message that is replied to is cut at 200 characters", () => {
    const action = read({ type: 19, content: "yes", referenced_message: { author: tom, content: "x".repeat(5_000) } });
    expect(action?.kind === "message" && action.replyTo).toHaveLength(200);
  });

  test("but no preview of a link that the text has", () => {
    const embeds = [{ type: "article", url: "https://a.example", title: "Buy" }];
    expect(read({ content: "https://a.example", embeds })).not.toHaveProperty("parts");
  });
});

test.each<[string, object]>([
  ["a file without a size", { attachments: [{ ...file, size: null }] }],
  ["a file without a name", { attachments: [{ size: 3 }] }],
  ["mentions that are null", { mentions: null }],
  ["a member of another shape", { member: 5 }],
  ["a poll without a question", { poll: {} }],
  ["a snapshot that is empty", { message_snapshots: [{}] }],
  ["an embed that is null", { embeds: [null] }],
])("%s does not lose the message", (_, more) => {
  expect(read({ content: "hi", ...more })).toMatchObject({ kind: "message", text: "hi" });
});

test.each<[string, object]>([
  ["another bot", { author: { id: "31", username: "helper", bot: true } }],
  ["Parley itself", { author: { id: "1", username: "parley" } }],
  ["a webhook", { webhook_id: "41" }],
])("a message of %s does not come in", (_, more) => {
  expect(parse({ content: "@coder go", ...more })).toBeUndefined();
  expect(parse({ content: "@coder go" })).toBeDefined();
});

test("a change that Discord made by itself, such as a preview, is not a correction", () => {
  const change = (more: object) => {
    const author = { id: "21", username: "mia" };
    const message = { id: "900", type: 0, channel_id: "52", author, content: "hi", ...more };
    return parseChange(discordMessage.parse(message), place, { botUserId: "1", names });
  };
  expect(change({ edited_timestamp: null })).toBeUndefined();
  expect(change({ edited_timestamp: "2026-01-01T00:00:00Z" })?.action).toMatchObject({ kind: "correction", of: "900" });
});

test.each([
  ["<#51> <#52> <#99>", "#general #fix-login a channel"],
  ["<@&61> <@&62> <@&99>", "@crew @ops a role"],
  ["<@22> <@!23> <@99>", "@Tom @Bobby somebody"],
  ["<t:0:R> <t:1700000000>", "1970-01-01 00:00 UTC 2023-11-14 22:13 UTC"],
  ["<t:9999999999999:F>", "a time"],
  ["<a:party:12> <:ok:13> </room new:14> <id:browse>", ":party: :ok: /room new a list of channels"],
])("%s is read as %s", (stored, shown) => {
  const mentions = [tom, { id: "23", username: "bob", global_name: "Bob", member: { nick: "Bobby" } }];
  expect(readContent(stored, mentions, names)).toBe(shown);
});

test.each<[string, object]>([
  ["another bot", { author: { ...tom, bot: true } }],
  ["a webhook", { webhook_id: "9" }],
  ["Parley itself", { author: { id: "1", username: "parley" } }],
  ["Discord, as a join", { type: 7 }],
])("a message of %s does not come in", (_, more) => {
  expect(parse({ content: "@coder go", ...more })).toBeUndefined();
});

test("a person has one name, live and from the history, which does not tell the name in the server", () => {
  expect(parse({ content: "hi" })?.user).toEqual({ id: "21", displayName: "Mia", isUncertain: true });
  names.learnNick("21", "Mimi");
  expect(parse({ content: "hi" })?.user).toEqual({ id: "21", displayName: "Mimi" });
  expect(parse({ content: "hi", member: { nick: "Mimi", roles: [] } })?.user.displayName).toBe("Mimi");
  expect(readContent("<@21>", [{ id: "21", username: "mia", global_name: "Mia" }], names)).toBe("@Mimi");
});
