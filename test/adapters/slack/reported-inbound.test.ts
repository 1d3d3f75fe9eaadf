import { describe, expect, test } from "vitest";
import { parsePayload } from "../../../adapters/slack/parse.js";
import { sortPayload } from "../../../adapters/slack/payloads.js";
import { readMrkdwn } from "../../../adapters/slack/read-text.js";

/** Messages that users of other bots reported to be lost or garbled between Slack and their agents. Each row names its report on GitHub. */

const known = new Map([
  ["U1", "Mia"],
  ["U2", "Tom"],
]);
const reading = { botUserId: "UBOT", names: (id: string) => known.get(id), nowMs: 1_000 };
const read = (more: object) => {
  const message = { type: "message", channel: "C1", user: "U1", ts: "100.0", text: "", thread_ts: "90.0", ...more };
  return parsePayload(sortPayload({ type: "event_callback", event: message }), reading)?.inbound.action;
};
const words = (text: string) => ({
  type: "rich_text",
  elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }],
});

describe("what a person says beside the text arrives", () => {
  test.each<[string, object, object]>([
    [
      "NousResearch/hermes-agent#96384: a forward is marked as an unfurl and as a share",
      {
        text: "look",
        attachments: [
          {
            is_msg_unfurl: true,
            is_share: true,
            author_name: "Bob",
            text: "prod",
            files: [{ id: "F1", name: "a.txt" }],
          },
        ],
      },
      {
        text: "look",
        parts: ["[forwarded from Bob]\n> prod"],
        files: [{ name: "a.txt", url: "slack-file:F1", bytes: 0 }],
      },
    ],
    [
      "openclaw/openclaw#9963: a forward whose text is empty, its words in message_blocks",
      {
        text: "fyi in case",
        attachments: [
          {
            is_share: true,
            author_subname: "Rebecca",
            text: "",
            message_blocks: [{ message: { blocks: [words("howdy!")] } }],
          },
        ],
      },
      { text: "fyi in case", parts: ["[forwarded from Rebecca]\n> howdy!"] },
    ],
    [
      "sonichi/sutando#4257: a forwarded digest has a fallback alone",
      {
        text: "Review these",
        attachments: [{ is_share: true, author_name: "digest", fallback: "[digest] 3 &lt;new&gt;" }],
      },
      { text: "Review these", parts: ["[forwarded from digest]\n> [digest] 3 <new>"] },
    ],
    [
      "slackapi/slack-skills-plugin#149: a forward from a private channel, the text above it empty",
      {
        attachments: [
          { is_share: true, author_name: "Bob Johnson", from_url: "https://x.slack.com/p1", text: "ask Ann" },
        ],
      },
      { text: "", parts: ["[forwarded from Bob Johnson]\n> ask Ann"] },
    ],
    [
      "anthropics/claude-plugins-official#1411: an alert in blocks of an attachment",
      {
        attachments: [
          { color: "a60000", blocks: [{ type: "section", text: { type: "mrkdwn", text: "*disk* full" } }] },
        ],
      },
      { parts: ["[attached]\n> **disk** full"] },
    ],
    [
      "slackapi/slack-skills-plugin#24: rich text that begins with an empty element",
      { text: "&gt; `a.ts:4` is wrong", blocks: [words("")] },
      { text: "> `a.ts:4` is wrong" },
    ],
    [
      "simstudioai/sim#3176: a file of which the event has no address",
      { subtype: "file_share", files: [{ id: "F0C", file_access: "check_file_info", created: 0, timestamp: 0 }] },
      { files: [{ name: "file", url: "slack-file:F0C", bytes: 0 }] },
    ],
  ])("%s", (_, more, action) => {
    expect(read(more)).toMatchObject(action);
  });
});

describe("a field that another library could not parse does not lose the message", () => {
  test.each<[string, object]>([
    [
      "soxtoby/SlackNet#139: message_blocks with nulls",
      { attachments: [{ message_blocks: [null, { message: null }] }] },
    ],
    [
      "slack-scala-client/slack-scala-client#97: an image that is null",
      { attachments: [{ image_url: null, text: null }] },
    ],
    ["HubSpot/slack-client#194: values of a new kind", { blocks: [{ type: "input", element: { type: "new_kind" } }] }],
    [
      "HubSpot/slack-client#314: an attachment with blocks and null fields",
      { attachments: [{ blocks: null, fields: null }] },
    ],
    [
      "dust-tt/dust#23169: a file without a size or address",
      { files: [{ id: "F1", name: "a", size: null, mimetype: 4 }] },
    ],
    ["a style of an unknown form", { blocks: [{ type: "rich_text", style: { bold: true } }] }],
  ])("%s", (_, more) => {
    expect(read({ text: "@coder hi", ...more })).toMatchObject({ kind: "message", text: "@coder hi" });
  });
});

describe("Slack's marks become Markdown's", () => {
  test.each([
    [
      "vercel/chat#842: code begins behind the fence",
      "```first line\nsecond line\n```",
      "```\nfirst line\nsecond line\n```",
    ],
    ["vercel/chat#842: text on both sides of it", "a ```b\nc``` d", "a \n```\nb\nc\n```\nd"],
    ["42wim/matterbridge#918", "*bold* ~strikethrough~", "**bold** ~~strikethrough~~"],
    ["Sorunome/slack-markdown#23: HTML in code", "```&lt;div&gt;Hello&lt;/div&gt;```", "```\n<div>Hello</div>\n```"],
    ["Sorunome/slack-markdown#23: HTML in a span", "`&lt;b&gt; &amp;amp;`", "`<b> &amp;`"],
    ["matrix-org/matrix-appservice-slack#176: a shrug", "¯\\_(ツ)_/¯", "¯\\_(ツ)_/¯"],
    ["mautrix/discord#207: tildes in an address", "<https://a.io/x~Gen-Z~.html>", "https://a.io/x~Gen-Z~.html"],
    ["fla9ua/markdown_to_mrkdwn#5: a cron line in code", "```# c\n0 */12 * * * x```", "```\n# c\n0 */12 * * * x\n```"],
  ])("%s", (_, stored, markdown) => {
    expect(readMrkdwn(stored, reading.names)).toBe(markdown);
  });
});

test.each([
  ["a channel without a label", "<#C04A9JK5R3Z|> <#C04A9JK5R3Z>", "a channel a channel"],
  ["voltapp/volt#115: a group with its handle", "<!subteam^SF2FQOC5EP|@grouphandle>", "@grouphandle"],
  ["mautrix/slack#91: a group of which Slack sends the id alone", "ping <!subteam^SF2FQOC5EP>", "ping a group"],
  ["jsarafajr/slackify-markdown#49: a channel", "<#C04A9JK5R3Z|general>", "#general"],
  ["sageox/agent-toolkit#12: people", "<@U2> and <@U0999ABCD> and <@W1|zoe>", "@Tom and somebody and @zoe"],
])("a reader sees names in place of ids: %s", (_, stored, shown) => {
  expect(readMrkdwn(stored, reading.names)).toBe(shown);
});

test("ids in rich text become words too: mautrix/slack#91", () => {
  const elements = [
    { type: "usergroup", usergroup_id: "S1" },
    { type: "text", text: " in " },
    { type: "channel", channel_id: "C1" },
    { type: "text", text: " with " },
    { type: "user", user_id: "U0999ABCD" },
  ];
  const blocks = [{ type: "rich_text", elements: [{ type: "rich_text_section", elements }] }];
  expect(read({ blocks })).toMatchObject({ text: "a group in a channel with somebody" });
});
