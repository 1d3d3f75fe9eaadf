import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buttonOfAction, msOfTs, readFormOrigin, tsOfMs, writeFormOrigin } from "../../../adapters/slack/address.js";
import { manifest as filledIn } from "../../../adapters/slack/manifest.js";
import manifest from "../../../adapters/slack/manifest.json" with { type: "json" };
import { parsePayload, usersIn } from "../../../adapters/slack/parse.js";
import { sortPayload } from "../../../adapters/slack/payloads.js";
import { readMrkdwn } from "../../../adapters/slack/read-text.js";
import { botScopes, channelScopes, missingScopes, setupScopes } from "../../../adapters/slack/scopes.js";
import { cpuMs } from "../../support/cpu-time.js";

const known = new Map([
  ["U1", "Mia"],
  ["U2", "Tom"],
]);
const names = (id: string) => known.get(id);
const reading = { botUserId: "UBOT", names, nowMs: 1_000 };
const parse = (raw: unknown) => parsePayload(sortPayload(raw), reading);

const event = (more: object) => ({
  type: "event_callback",
  event_id: "Ev1",
  event: { type: "message", channel: "C1", user: "U1", ts: "100.000200", text: "hi", thread_ts: "90.0", ...more },
});

describe("a message", () => {
  test("of a person in a thread is a message", () => {
    expect(parse(event({}))).toEqual({
      inbound: {
        platform: "slack",
        id: "C1:100.000200",
        atMs: 100_000,
        user: { id: "U1", displayName: "Mia" },
        channel: "C1",
        thread: "90.0",
        action: { kind: "message", text: "hi", startsWithUser: false, files: [] },
      },
      route: { kind: "whisper" },
    });
  });

  test.each<[string, object, object]>([
    ["begins with a person", { text: "<@U2> lunch?" }, { kind: "message", text: "@Tom lunch?", startsWithUser: true }],
    ["mentions a person later", { text: "ask <@U2|tom>" }, { text: "ask @Tom", startsWithUser: false }],
    ["begins with a name of the room", { text: "@coder go" }, { text: "@coder go", startsWithUser: false }],
    ["begins with Parley", { text: " <@UBOT>: pause now" }, { kind: "command", text: "pause now" }],
    ["begins with Parley and a person", { text: "<@UBOT> <@U2> go" }, { kind: "command", text: "@Tom go" }],
    ["is Parley alone", { text: "<@UBOT>" }, { kind: "command", text: "" }],
    ["mentions Parley later", { text: "hi <@UBOT>" }, { kind: "message", startsWithUser: false }],
    ["was sent to the channel too", { subtype: "thread_broadcast" }, { kind: "message", text: "hi" }],
    [
      "has files",
      {
        subtype: "file_share",
        files: [
          { name: "a.txt", size: 3, url_private: "https://files.slack.com/a" },
          { mode: "tombstone" },
          { title: "b", size: 1, url_private_download: "https://files.slack.com/d/b", url_private: "x" },
        ],
      },
      {
        files: [
          { name: "a.txt", bytes: 3, url: "https://files.slack.com/a" },
          { name: "b", bytes: 1, url: "https://files.slack.com/d/b" },
        ],
      },
    ],
  ])("that %s", (_, more, action) => {
    expect(parse(event(more))?.inbound.action).toMatchObject(action);
  });

  test("to Parley outside a thread has no thread", () => {
    const inbound = parse(event({ thread_ts: undefined, text: "<@UBOT> list" }))?.inbound;
    expect(inbound).toMatchObject({ channel: "C1", action: { kind: "command", text: "list" } });
    expect(inbound).not.toHaveProperty("thread");
    expect(parse(event({ thread_ts: undefined, channel: "D1", text: "help" }))?.inbound.action).toEqual({
      kind: "command",
      text: "help",
    });
  });

  test.each<[string, object]>([
    ["of Parley", { user: "UBOT" }],
    ["of Parley under another name", { user: undefined, bot_id: "B1", subtype: "bot_message" }],
    ["of another bot", { bot_id: "B2" }],
    ["outside a thread", { thread_ts: undefined }],
    ["that says that somebody joined", { subtype: "channel_join" }],
    ["that says that one was deleted", { subtype: "message_deleted", deleted_ts: "1.0" }],
    ["without an author", { user: undefined }],
    ["of another kind of event", { type: "app_mention" }],
  ])("%s is nothing", (_, more) => {
    expect(parse(event(more))).toBeUndefined();
  });
});

describe("an edit", () => {
  const changed = (message: object, previous: object = { text: "hi" }) => ({
    type: "event_callback",
    event: {
      type: "message",
      subtype: "message_changed",
      channel: "C1",
      ts: "101.0",
      message: {
        type: "message",
        user: "U1",
        ts: "100.0",
        thread_ts: "90.0",
        text: "ho",
        edited: { ts: "101.0" },
        ...message,
      },
      previous_message: previous,
    },
  });

  test("is a correction of the message that it was", () => {
    expect(parse(changed({}))?.inbound).toMatchObject({
      id: "C1:100.0:edit:101.0",
      atMs: 101_000,
      user: { displayName: "Mia" },
      action: { kind: "correction", of: "C1:100.0", originalAtMs: 100_000, text: "ho" },
    });
  });

  test.each<[string, object, object?]>([
    ["of Parley's own post", { user: undefined, bot_id: "B1" }],
    ["that nobody made", { edited: undefined }],
    ["that left the words as they were", {}, { text: "ho" }],
    ["outside a thread", { thread_ts: undefined }],
    ["of a command", { text: "<@UBOT> pause" }],
  ])("%s is nothing", (_, message, previous) => {
    expect(parse(changed(message, previous))).toBeUndefined();
  });
});

describe("interactions", () => {
  const press = (more: object) => ({
    type: "block_actions",
    user: { id: "U9", name: "zoe" },
    trigger_id: "t1",
    response_url: "https://hooks.slack.com/x",
    container: { type: "message", message_ts: "95.0", channel_id: "C1", is_ephemeral: false },
    actions: [{ action_id: "press:gate:1", action_ts: "123.456" }],
    ...more,
  });

  test("a command is its text, from a person whose name Slack did not send", () => {
    const raw = {
      command: "/room",
      text: "new x for <@U1|mia> &amp; <#C2|general>",
      user_id: "U9",
      user_name: "zoe",
      channel_id: "C1",
      trigger_id: "t1",
      response_url: "https://hooks.slack.com/x",
    };
    expect(parse(raw)).toEqual({
      inbound: {
        platform: "slack",
        id: "slash:t1",
        atMs: 1_000,
        user: { id: "U9", displayName: "zoe" },
        channel: "C1",
        action: { kind: "command", text: "new x for @Mia & #general" },
      },
      route: { kind: "slash", triggerId: "t1", responseUrl: "https://hooks.slack.com/x" },
    });
    expect(usersIn(sortPayload(raw))).toEqual(["U9", "U1"]);
  });

  test.each<[string, object, string | undefined]>([
    ["a root card is in the root's thread", {}, "95.0"],
    ["a root card with replies", { message: { thread_ts: "95.0" } }, "95.0"],
    ["a card in a thread", { container: { message_ts: "96.0", channel_id: "C1", thread_ts: "95.0" } }, "95.0"],
    ["a card in a direct message", { container: { message_ts: "96.0", channel_id: "D1" } }, undefined],
    ["a private answer", { container: { message_ts: "96.0", channel_id: "C1", is_ephemeral: true } }, undefined],
  ])("a press on %s", (_, more, thread) => {
    const inbound = parse(press(more))?.inbound;
    expect(inbound).toMatchObject({ id: "press:t1", atMs: 123_456, action: { kind: "press", button: "gate:1" } });
    expect(inbound?.thread).toBe(thread);
  });

  test.each([
    ["a link", press({ actions: [{ action_id: "link:0" }] })],
    ["a button that is not Parley's", press({ actions: [{ action_id: "other" }] })],
    ["a form that is not Parley's", submission({ callback_id: "other" })],
    ["a form without its origin", submission({ private_metadata: "{}" })],
    ["a form whose origin is broken", submission({ private_metadata: "{" })],
    ["nothing at all", null],
    ["a text", "payload"],
    ["an empty object", {}],
  ])("%s is nothing", (_, raw) => {
    expect(parse(raw)).toBeUndefined();
  });

  function submission(view: object) {
    return {
      type: "view_submission",
      user: { id: "U1", name: "mia" },
      trigger_id: "t2",
      view: {
        callback_id: "parley_form",
        private_metadata: writeFormOrigin({ form: "edit:1", channel: "C1", thread: "90.0" }),
        title: { type: "plain_text", text: "Edit &amp; send" },
        state: { values: { text: { text: { type: "plain_text_input", value: "new <b>" } } } },
        ...view,
      },
    };
  }

  test("a form is its text, and the place where it was opened", () => {
    expect(parse(submission({}))).toEqual({
      inbound: {
        platform: "slack",
        id: "submit:t2",
        atMs: 1_000,
        user: { id: "U1", displayName: "Mia" },
        channel: "C1",
        thread: "90.0",
        action: { kind: "submit", form: "edit:1", text: "new <b>" },
      },
      route: { kind: "submit", title: "Edit & send", block: "text" },
    });
    const empty = submission({ state: { values: { text: { text: { value: null } } } } });
    expect(parse(empty)?.inbound.action).toMatchObject({ text: "" });
  });
});

describe("Slack's text", () => {
  test.each([
    ["&lt;b&gt; &amp;amp;", "<b> &amp;"],
    ["<@U1> and <@U9|zoe> and <@U8>", "@Mia and @zoe and somebody"],
    ["<#C1|general> <#C2>", "#general a channel"],
    ["<!here> <!channel|@channel> <!subteam^S1|@crew> <!subteam^S2>", "@here @channel @crew a group"],
    ["<!date^1^{date}|Feb 18>", "Feb 18"],
    ["<https://a.example?x=1&amp;y=2>", "https://a.example?x=1&y=2"],
    ["<http://a.example|a.example>", "a.example"],
    ["<https://a.example|the docs>", "[the docs](https://a.example)"],
    ["<mailto:mia@x.org|mia@x.org> <mailto:tom@x.org>", "mia@x.org tom@x.org"],
    ["*bold* `code` &lt;!here&gt;", "**bold** `code` <!here>"],
    ["<", "<"],
    ["a <> b", "a <> b"],
  ])("%s is read as %s", (stored, read) => {
    expect(readMrkdwn(stored, names)).toBe(read);
  });

  test("is read in linear time", () => {
    const text = "<@".repeat(50_000) + "<https://".repeat(20_000);
    expect(cpuMs(() => readMrkdwn(text, names))).toBeLessThan(1_000);
  });
});

describe("addresses", () => {
  test("times and timestamps", () => {
    expect(msOfTs("1700000000.123456")).toBe(1_700_000_000_123);
    expect(tsOfMs(1_700_000_000_123)).toBe("1700000000.123000");
    expect(tsOfMs(-5)).toBe("0.000000");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (ms) => {
        expect(Math.abs(msOfTs(tsOfMs(ms)) - ms)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("buttons and forms", () => {
    expect(buttonOfAction("press:a:b")).toBe("a:b");
    expect(buttonOfAction("link:1")).toBeUndefined();
    const origin = { form: "f", channel: "C1" };
    expect(readFormOrigin(writeFormOrigin(origin))).toEqual(origin);
  });
});

describe("the manifest", () => {
  test("asks for the scopes that have a reason, and the documentation names each", () => {
    const scopes = Object.keys({ ...botScopes, ...channelScopes, ...setupScopes });
    expect(manifest).toEqual(JSON.parse(JSON.stringify(filledIn)));
    expect(manifest.oauth_config.scopes.bot).toEqual(scopes);
    const documentation = readFileSync(new URL("../../../docs/slack.md", import.meta.url), "utf8");
    for (const scope of scopes) expect(documentation).toContain(`\`${scope}\``);
    for (const name of manifest.settings.event_subscriptions.bot_events) expect(documentation).toContain(`\`${name}\``);
  });

  test("says which scopes are missing", () => {
    expect(missingScopes(Object.keys(botScopes))).toBeUndefined();
    expect(missingScopes([...Object.keys(botScopes).filter((scope) => scope !== "commands"), "other"])).toContain(
      "lacks the scope commands (/room does not exist)",
    );
  });
});
