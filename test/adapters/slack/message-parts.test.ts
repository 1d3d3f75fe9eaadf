import { describe, expect, test } from "vitest";
import { parsePayload, usersIn } from "../../../adapters/slack/parse.js";
import { sortPayload } from "../../../adapters/slack/payloads.js";
import { readMrkdwn } from "../../../adapters/slack/read-text.js";
import { cpuMs } from "../../support/cpu-time.js";

const known = new Map([
  ["U1", "Mia"],
  ["U2", "Tom"],
]);
const reading = { botUserId: "UBOT", names: (id: string) => known.get(id), nowMs: 1_000 };
const event = (more: object) => ({
  type: "event_callback",
  event: { type: "message", channel: "C1", user: "U1", ts: "100.0", text: "", thread_ts: "90.0", ...more },
});
const read = (more: object) => parsePayload(sortPayload(event(more)), reading)?.inbound.action;
const richText = (...elements: object[]) => [{ type: "rich_text", elements }];

describe("a part of a message beside its text becomes text", () => {
  const share = {
    is_share: true,
    author_name: "Bob",
    text: "prod is DOWN\n@coder fix &lt;it&gt;",
    from_url: "https://x.slack.com/1",
  };
  test.each<[string, object, object]>([
    [
      "a forward alone",
      { attachments: [share] },
      { text: "", parts: ["[forwarded from Bob]\n> prod is DOWN\n> @coder fix <it>"] },
    ],
    [
      "a forward with a comment",
      { text: "look", attachments: [share] },
      { text: "look", parts: ["[forwarded from Bob]\n> prod is DOWN\n> @coder fix <it>"] },
    ],
    [
      "a forward whose text is in blocks",
      {
        attachments: [
          {
            is_msg_unfurl: true,
            author_name: "Bob",
            message_blocks: [
              {
                message: {
                  blocks: richText({ type: "rich_text_section", elements: [{ type: "text", text: "down" }] }),
                },
              },
            ],
          },
        ],
      },
      { parts: ["[forwarded from Bob]\n> down"] },
    ],
    [
      "a forwarded file",
      {
        attachments: [
          {
            is_share: true,
            author_name: "Bob",
            files: [{ id: "F1", name: "a.txt", size: 1, url_private: "https://files.slack.com/a" }],
          },
        ],
      },
      { parts: ["[forwarded from Bob: a file]"], files: [{ name: "a.txt", bytes: 1 }] },
    ],
    [
      "blocks without text",
      {
        blocks: richText(
          {
            type: "rich_text_section",
            elements: [
              { type: "text", text: "ask " },
              { type: "user", user_id: "U2" },
              { type: "channel", channel_id: "C9" },
            ],
          },
          { type: "rich_text_preformatted", elements: [{ type: "text", text: "npm ci" }] },
          {
            type: "rich_text_list",
            style: "ordered",
            elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "one" }] }],
          },
          { type: "rich_text_quote", elements: [{ type: "text", text: "so" }] },
        ),
      },
      { text: "ask @Toma channel\n```\nnpm ci\n```\n1. one\n> so" },
    ],
    [
      "a section block",
      {
        blocks: [
          { type: "header", text: { type: "plain_text", text: "Plan" } },
          { type: "section", text: { type: "mrkdwn", text: "*do*" } },
        ],
      },
      { text: "Plan\n**do**" },
    ],
    [
      "a table",
      {
        text: "see",
        blocks: [
          {
            type: "table",
            rows: [
              [
                { type: "raw_text", text: "a|b" },
                { type: "raw_text", text: "c" },
              ],
              [
                { type: "raw_text", text: "1" },
                { type: "raw_text", text: "2" },
              ],
            ],
          },
        ],
      },
      { text: "see", parts: ["[table]\n| a\\|b | c |\n| --- | --- |\n| 1 | 2 |"] },
    ],
    [
      "a file that must be asked for",
      { files: [{ id: "F0C", file_access: "check_file_info" }] },
      { files: [{ name: "file", url: "slack-file:F0C", bytes: 0 }] },
    ],
    [
      "a canvas",
      {
        files: [
          {
            id: "F1",
            mode: "quip",
            filetype: "quip",
            title: "Plan",
            permalink: "https://x.slack.com/docs/F1",
            url_private: "https://files.slack.com/F1",
          },
        ],
      },
      { files: [], parts: ["[canvas “Plan”: https://x.slack.com/docs/F1]"] },
    ],
    [
      "a list",
      { files: [{ mode: "list", filetype: "list", permalink: "https://x.slack.com/lists/F2" }] },
      { parts: ["[list: https://x.slack.com/lists/F2]"] },
    ],
    [
      "a file elsewhere",
      { files: [{ mode: "external", title: "Doc", url_private: "https://docs.example/1" }] },
      { parts: ["[file elsewhere “Doc”: https://docs.example/1]"] },
    ],
    ["a deleted file", { files: [{ id: "F3", mode: "tombstone" }] }, { unreadable: ["a file that was deleted"] }],
    ["nothing at all", {}, { text: "", unreadable: ["a part of your message"] }],
  ])("%s", (_, more, action) => {
    expect(read(more)).toMatchObject(action);
  });

  test("but no preview of a link that the text has", () => {
    const preview = { from_url: "https://a.example", service_name: "A", title: "A page", text: "Buy" };
    expect(read({ text: "<https://a.example>", attachments: [preview] })).not.toHaveProperty("parts");
  });

  test("and the people in it are called by name", () => {
    expect(
      usersIn(
        sortPayload(event({ attachments: [{ text: "<@U7>" }], blocks: richText({ type: "user", user_id: "U8" }) })),
      ),
    ).toEqual(["U1", "U7", "U8"]);
  });
});

describe("an odd field does not lose the message", () => {
  test.each<[string, object]>([
    ["a file without a size", { files: [{ name: "a", size: null, url_private: "https://files.slack.com/a" }] }],
    ["files that are not a list", { files: "none" }],
    ["a file that is null", { files: [null] }],
    ["blocks of another shape", { blocks: [{ type: 7 }, { type: "rich_text", elements: "x" }] }],
    ["attachments that are null", { attachments: null }],
    ["an edit without a time", { edited: {} }],
    ["a profile that is a number", { user_profile: 5 }],
  ])("%s", (_, more) => {
    expect(read({ text: "@a hi", ...more })).toMatchObject({ kind: "message", text: "@a hi" });
  });

  test("and a message without an id is distinguished from other events", () => {
    expect(sortPayload(event({ ts: 5 }))).toEqual({ kind: "misfit", type: "message" });
    expect(sortPayload({ type: "event_callback", event: { type: "reaction_added" } })).toEqual({ kind: "other" });
  });
});

test("people of other workspaces have the name in the event, or else a placeholder", () => {
  const by = (more: object) =>
    parsePayload(sortPayload(event({ user: "U9", text: "hi", ...more })), reading)?.inbound.user;
  expect(by({ user_profile: { display_name: "", real_name: "Zoe Z" } })).toEqual({ id: "U9", displayName: "Zoe Z" });
  expect(by({})).toEqual({ id: "U9", displayName: "somebody" });
});

describe("Slack's marks become Markdown's", () => {
  test.each([
    ["```a\nb```", "```\na\nb\n```"],
    ["```npm ci\nnpm test```", "```\nnpm ci\nnpm test\n```"],
    ["run ```npm ci``` now", "run \n```\nnpm ci\n```\nnow"],
    ["```first\nsecond```\n```third```", "```\nfirst\nsecond\n```\n```\nthird\n```"],
    ["```*a* :tada: &lt;b&gt; <https://x.io>```", "```\n*a* :tada: <b> https://x.io\n```"],
    ["`*a* ~b~ :x:` *c*", "`*a* ~b~ :x:` **c**"],
    ["*bold* and ~gone~ and _it_", "**bold** and ~~gone~~ and _it_"],
    ["2*3*4 and a * b * c", "2*3*4 and a * b * c"],
    ["*a* *b*", "**a** **b**"],
    ["• one\n  ◦ two\n◦ three", "- one\n  - two\n  - three"],
    [":tada: :+1::skin-tone-3: :nope: 10:30:45", "🎉 👍🏼 :nope: 10:30:45"],
    ["<https://a.io/:tada:/*x*>", "https://a.io/:tada:/*x*"],
    ["&gt; said\nno", "> said\nno"],
    ["&gt;&gt;&gt; a\nb", "> a\n> b"],
    ["<@U2> *<@U2>*", "@Tom **@Tom**"],
    ["<#C2> <!subteam^S2> <@U9> <!date^0^{date}>", "a channel a group somebody 1970-01-01 00:00 UTC"],
  ])("%j is read as %j", (stored, markdown) => {
    expect(readMrkdwn(stored, reading.names)).toBe(markdown);
  });

  test.each(["*", "~", "`", "<", "* a", "&gt;&gt;&gt;\n", "• "])("in linear time for many of %j", (one) => {
    expect(cpuMs(() => readMrkdwn(one.repeat(40_000 / one.length), reading.names))).toBeLessThan(1_000);
  });
});
