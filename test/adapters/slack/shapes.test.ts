import { expect, test } from "vitest";
import type { Inbound } from "../../../src/ports/chat-inbound.js";
import { channel, openThread, type Rig, startHearing } from "./harness.js";

/** What a person sends in a room's thread, and what arrives at the door: live, and again from the history. */
async function heard(rig: Rig, typed: object): Promise<{ live: Inbound; missed: Inbound | undefined }> {
  const { slack, chat, inbound } = rig;
  const thread = await openThread(rig, `r${inbound.length}/0/0/0`);
  const { ts } = slack.people.say({ user: "mia", channel: "general", text: "", threadTs: thread.thread, ...typed });
  const id = `${channel}:${ts}`;
  const live = await slack.until(() => inbound.find((one) => one.id === id));
  const missed = (await chat.history(thread, 0)).find((one) => one.id === id);
  return { live, missed };
}

const share = { is_share: true, author_name: "Bob", text: "prod is DOWN" };
const words = (text: string) => ({
  type: "rich_text",
  elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }],
});
const cell = (text: string) => ({ type: "rich_text", elements: [words(text)] });

test.each<[string, object, object]>([
  [
    "a forward alone",
    { more: { attachments: [share] } },
    { text: "", parts: ["[forwarded from Bob]\n> prod is DOWN"] },
  ],
  [
    "a forward with a comment",
    { text: "look", more: { attachments: [share] } },
    { text: "look", parts: ["[forwarded from Bob]\n> prod is DOWN"] },
  ],
  [
    "an alarm of an app that a person shared",
    { more: { attachments: [{ is_share: true, title: "Disk", fields: [{ title: "host", value: "db1" }] }] } },
    { parts: ["[forwarded]\n> Disk\n> host: db1"] },
  ],
  ["blocks without text", { more: { blocks: [words("ship it")] } }, { text: "ship it" }],
  [
    "a table",
    {
      text: "see",
      more: {
        blocks: [
          {
            type: "table",
            rows: [
              [cell("a"), cell("b")],
              [cell("1"), cell("2")],
            ],
          },
        ],
      },
    },
    { parts: ["[table]\n| a | b |\n| --- | --- |\n| 1 | 2 |"] },
  ],
  [
    "a canvas",
    { more: { files: [{ id: "F1", filetype: "quip", title: "Plan", permalink: "https://x.slack.com/docs/F1" }] } },
    { parts: ["[canvas “Plan”: https://x.slack.com/docs/F1]"] },
  ],
  [
    "a list",
    { more: { files: [{ id: "F2", filetype: "list", title: "Bugs", permalink: "https://x.slack.com/lists/F2" }] } },
    { parts: ["[list “Bugs”: https://x.slack.com/lists/F2]"] },
  ],
  [
    "a deleted file",
    { more: { files: [{ id: "F3", mode: "tombstone" }] } },
    { unreadable: ["a file that was deleted"] },
  ],
  [
    "an odd field beside the text",
    { text: "hi", more: { files: [{ name: "a", size: null, url_private: 7 }], edited: "no" } },
    { text: "hi" },
  ],
])("arrives over the socket and from the history: %s", async (_name, typed, action) => {
  const rig = await startHearing("socket");
  const { live, missed } = await heard(rig, typed);
  expect(live.action).toMatchObject(action);
  expect(missed).toEqual(live);
});

test("a file of another workspace is asked for before it is fetched", async () => {
  const rig = await startHearing("socket");
  const files = [{ name: "notes.txt", content: "three bytes", isRemote: true }];
  const { live } = await heard(rig, { text: "see", files });
  const [file] = live.action.kind === "message" ? live.action.files : [];
  expect(file?.url).toMatch(/^slack-file:F/);
  const bytes = await rig.chat.download(file ?? { name: "", url: "", bytes: 0 }, 1_000);
  expect(new TextDecoder().decode(bytes)).toBe("three bytes");
  expect(rig.slack.calls("files.info")).toHaveLength(1);
});

test("a file that is asked for first may be too large, and may be gone", async () => {
  const rig = await startHearing("socket");
  const files = [{ name: "notes.txt", content: "x".repeat(100), isRemote: true }];
  const { live } = await heard(rig, { files });
  const [file] = live.action.kind === "message" ? live.action.files : [];
  await expect(rig.chat.download(file ?? { name: "", url: "", bytes: 0 }, 10)).rejects.toMatchObject({
    code: "refused",
  });
  const gone = { name: "x", url: "slack-file:FGONE", bytes: 0 };
  await expect(rig.chat.download(gone, 1_000)).rejects.toMatchObject({ code: "refused" });
});
