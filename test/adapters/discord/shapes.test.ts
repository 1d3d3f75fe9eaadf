import { expect, test } from "vitest";
import type { Inbound } from "../../../src/ports/chat-inbound.js";
import type { Message } from "../../emulators/discord/model.js";
import { openThread, type Rig, startHearing } from "./harness.js";

/** What a person sends in a room's thread, and what arrives at the door: live, and again from the history. */
async function heard(rig: Rig, typed: object): Promise<{ live: Inbound; missed: Inbound | undefined }> {
  const { discord, chat, inbound } = rig;
  const thread = await openThread(rig, `r${inbound.length}/0/0/0`);
  const message = discord.people.say({ user: "mia", channel: thread.thread, text: "", ...typed });
  const live = await discord.until(() => inbound.find((one) => one.id === message.id));
  const missed = (await chat.history(thread, 0)).find((one) => one.id === message.id);
  return { live, missed };
}

const forwarded = (message: object) => ({ message_reference: { type: 1 }, message_snapshots: [{ message }] });
const tom = { id: "600000000000000002", username: "tom", global_name: "Tom" };

test.each<[string, object, object]>([
  [
    "a forward alone",
    { more: forwarded({ content: "prod is DOWN" }) },
    { text: "", parts: ["[forwarded message]\n> prod is DOWN"] },
  ],
  [
    "a forward with a comment",
    { text: "look", more: forwarded({ content: "prod is DOWN" }) },
    { text: "look", parts: ["[forwarded message]\n> prod is DOWN"] },
  ],
  [
    "a reply",
    { text: "yes", more: { type: 19, referenced_message: { content: "deploy?", author: tom } } },
    { text: "yes", replyTo: "> Tom: deploy?" },
  ],
  ["a reply to a message that is gone", { text: "yes", more: { type: 19, referenced_message: null } }, { text: "yes" }],
  ["a sticker alone", { more: { sticker_items: [{ id: "1", name: "ship it" }] } }, { parts: ["[sticker “ship it”]"] }],
  [
    "a poll alone",
    { more: { poll: { question: { text: "Deploy?" }, answers: [{ poll_media: { text: "yes" } }] } } },
    { parts: ["[poll: Deploy?]\n- yes"] },
  ],
  [
    "an embed without a link in the text",
    { more: { embeds: [{ type: "rich", title: "Alarm", description: "disk" }] } },
    { parts: ["[attached]\n> Alarm\n> disk"] },
  ],
  [
    "odd fields beside the text",
    { text: "hi", more: { embeds: 7, sticker_items: [null], poll: "no" } },
    { text: "hi" },
  ],
])("arrives over the Gateway and from the history: %s", async (_name, typed, action) => {
  const rig = await startHearing();
  const { live, missed } = await heard(rig, typed);
  expect(live.action).toMatchObject(action);
  expect(missed?.action).toEqual(live.action);
});

test.each([
  ["its bot", false],
  ["its own webhook", true],
])("what another app writes by %s comes in neither live nor from the history", async (_name, byWebhook) => {
  const rig = await startHearing();
  const { discord, chat, inbound } = rig;
  const thread = await openThread(rig);
  const bot: Message = discord.people.sayAsBot({ name: "ci", channel: thread.thread, text: "@coder go", byWebhook });
  const { id } = discord.people.say({ user: "mia", channel: thread.thread, text: "after it" });
  await discord.until(() => inbound.find((one) => one.id === id));
  expect(inbound.map((one) => one.id)).not.toContain(bot.id);
  expect((await chat.history(thread, 0)).map((one) => one.id)).toEqual([id]);
  expect(discord.people.seen(thread.thread).map(({ text }) => text)).toContain("@coder go");
});

test("an event of an unknown form is logged and counted, and the next message arrives", async () => {
  const rig = await startHearing();
  const { discord, inbound } = rig;
  const thread = await openThread(rig);
  const say = (text: string, more: object) => discord.people.say({ user: "mia", channel: thread.thread, text, more });
  say("a", { author: "mia" });
  say("b", { author: null });
  const { id } = say("c", {});
  await discord.until(() => inbound.length > 0);
  expect(inbound.map((one) => one.id)).toEqual([id]);
  expect(rig.logged()).toContain('{"type":"message","misfits":2}');
});
