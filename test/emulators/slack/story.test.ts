import type { types } from "@slack/bolt";
import { describe, expect, test } from "vitest";
import type { Running } from "./bolt-app.js";
import { startApp, startSlack, violationRules } from "./harness.js";
import { asObjects, textAt } from "./json.js";

const noUnfurl = { unfurl_links: false, unfurl_media: false } as const;

const editModal = (draft: string, channel: string, ts: string): types.ModalView => ({
  type: "modal",
  callback_id: "edit-held-message",
  private_metadata: JSON.stringify({ channel, ts }),
  title: { type: "plain_text", text: "Edit before sending" },
  submit: { type: "plain_text", text: "Send" },
  blocks: [
    {
      type: "input",
      block_id: "body",
      label: { type: "plain_text", text: "Message" },
      element: { type: "plain_text_input", action_id: "text", multiline: true, initial_value: draft },
    },
  ],
});

/** A small room app: a root, two agents, a held message that a person edits. */
function roomApp(app: Running["app"]): void {
  app.command("/room", async ({ command, ack, client }) => {
    await ack({ text: `Opening ${command.text}` });
    const root = await client.chat.postMessage({ channel: command.channel_id, text: "Room opened", ...noUnfurl });
    const inThread = { channel: command.channel_id, thread_ts: root.ts as string, ...noUnfurl };
    await client.chat.postMessage({ ...inThread, text: "I will plan.", username: "Planner", icon_emoji: ":compass:" });
    await client.chat.postMessage({
      ...inThread,
      text: "Coder wants to say: ship it",
      username: "Coder",
      icon_emoji: ":robot_face:",
      metadata: { event_type: "room_event", event_payload: { key: "r1/2/0/0" } },
      blocks: [
        { type: "section", text: { type: "mrkdwn", text: "*Held:* ship it" } },
        {
          type: "actions",
          block_id: "gate",
          elements: [
            {
              type: "button",
              action_id: "edit",
              value: "gate-1",
              text: { type: "plain_text", text: "Edit" },
              style: "primary",
            },
          ],
        },
      ],
    });
  });
  app.action("edit", async ({ ack, body, client, respond }) => {
    await ack();
    if (body.type !== "block_actions") return;
    const { channel_id: channel, message_ts: ts } = body.container;
    await client.views.open({ trigger_id: body.trigger_id, view: editModal("ship it", channel, ts) });
    await respond({ text: "You are editing.", replace_original: false });
  });
  app.view("edit-held-message", async ({ ack, view, client }) => {
    const text = view.state.values.body?.text?.value ?? "";
    if (text.length < 5) {
      await ack({ response_action: "errors", errors: { body: "Say a little more." } });
      return;
    }
    await ack();
    const { channel, ts } = JSON.parse(view.private_metadata);
    await client.chat.update({ channel, ts, text, blocks: [{ type: "section", text: { type: "mrkdwn", text } }] });
  });
  app.event("app_mention", async ({ event, client }) => {
    const root = event.thread_ts ?? event.ts;
    await client.chat.postMessage({ channel: event.channel, thread_ts: root, text: "At your service.", ...noUnfurl });
  });
}

describe.each(["socket", "http"] as const)("a room in a thread, over %s", (mode) => {
  test("is opened by a command, edited in a modal and answers a mention", async () => {
    const slack = await startSlack();
    await startApp(slack, mode, { prepare: roomApp });
    const { people } = slack;

    const opened = await people.command({ user: "mia", channel: "general", text: "/room Launch plan" });
    expect(opened).toMatchObject({ ok: true, ack: { text: "Opening Launch plan" } });
    const root = await slack.until(() => people.channel("general")[0]);
    await slack.until(() => people.thread("general", root.ts).length === 3);
    expect(people.whispers("mia").map(({ text }) => text)).toEqual(["Opening Launch plan"]);
    expect(people.whispers("tom")).toEqual([]);

    const [, planner, coder] = people.thread("general", root.ts);
    expect(planner).toMatchObject({
      author: { name: "Planner", icon: ":compass:", isApp: true },
      text: "I will plan.",
    });
    expect(coder?.text).toBe("*Held:* ship it");
    expect(coder?.buttons).toMatchObject([{ actionId: "edit", text: "Edit", value: "gate-1", style: "primary" }]);

    const ts = coder?.ts ?? "";
    expect(await people.click({ user: "mia", channel: "general", ts, actionId: "edit" })).toMatchObject({ ok: true });
    const modal = await slack.until(() => people.modals("mia")[0]);
    expect(modal).toMatchObject({ title: "Edit before sending", fields: [{ label: "Message", value: "ship it" }] });
    expect(people.modals("tom")).toEqual([]);
    await slack.until(() => people.whispers("mia").some(({ text }) => text === "You are editing."));

    expect(await people.submit({ user: "mia", values: { text: "" } })).toMatchObject({
      result: "errors",
      by: "client",
    });
    expect(await people.submit({ user: "mia", values: { text: "hm" } })).toEqual({
      result: "errors",
      by: "app",
      errors: { body: "Say a little more." },
    });
    expect(people.modals("mia")[0]?.errors).toEqual({ body: "Say a little more." });
    expect(await people.submit({ user: "mia", values: { text: "ship it on Friday" } })).toEqual({ result: "closed" });
    const edited = await slack.until(() => people.thread("general", root.ts).find((message) => message.edited));
    expect(edited).toMatchObject({ author: { name: "Coder" }, text: "ship it on Friday", buttons: [], edited: true });
    expect(people.modals("mia")).toEqual([]);

    people.say({ user: "tom", channel: "general", threadTs: root.ts, text: "@parley are you there?" });
    await slack.until(() => people.thread("general", root.ts).at(-1)?.text === "At your service.");
    expect(people.thread("general", root.ts).at(-2)).toMatchObject({
      author: { name: "Tom" },
      text: "@Parley are you there?",
    });
    expect(slack.violations()).toEqual([]);
  });

  test("gets messages, files, edits, deletions and mentions as events", async () => {
    const slack = await startSlack();
    const seen: Record<string, unknown>[] = [];
    await startApp(slack, mode, {
      prepare: (app) => {
        app.event("message", async ({ event }) => void seen.push({ ...event }));
        app.event("app_mention", async ({ event }) => void seen.push({ ...event }));
      },
    });
    const { ts } = slack.people.say({
      user: "tom",
      channel: "builds",
      text: "see #general & <b>",
      files: [{ name: "log.txt", content: "boom" }],
    });
    slack.people.editMessage({ user: "tom", channel: "builds", ts, text: "never mind" });
    slack.people.deleteMessage({ user: "tom", channel: "builds", ts });
    slack.people.say({ user: "mia", channel: "ops", text: "the app is not here" });
    slack.people.say({ user: "mia", channel: "general", text: "@parley hi" });
    await slack.until(() => seen.length === 5);
    expect(seen[0]).toMatchObject({
      subtype: "file_share",
      channel_type: "channel",
      user: "U000TOM",
      text: "see <#C00GENERAL|general> &amp; &lt;b&gt;",
      files: [{ name: "log.txt", size: 4 }],
    });
    expect(seen[1]).toMatchObject({ subtype: "message_changed", message: { text: "never mind", user: "U000TOM" } });
    expect(seen[2]).toMatchObject({ subtype: "message_deleted", deleted_ts: ts });
    expect(
      seen
        .slice(3)
        .map(({ type }) => type)
        .sort(),
    ).toEqual(["app_mention", "message"]);
    const url = textAt(asObjects(seen[0]?.files)[0], "url_private") ?? "";
    const answer = await fetch(url, {
      headers: { authorization: `Bearer ${slack.env.SLACK_BOT_TOKEN}` },
    });
    expect(await answer.text()).toBe("boom");
    expect(await (await fetch(url)).text()).toContain("Sign in");
    await slack.until(() => slack.pendingDeliveries() === 0);
    expect(violationRules(slack)).toEqual([]);
  });

  test("tells the person when a command gets no answer, and when commands do not exist there", async () => {
    const slack = await startSlack({ settings: { ackTimeoutMs: 150 } });
    const { people } = slack;
    if (mode === "http") await startApp(slack, mode, { prepare: (app) => app.command("/room", async () => undefined) });
    const outcome = await people.command({ user: "mia", channel: "general", text: "/room x" });
    const error = mode === "http" ? "operation_timeout" : "dispatch_failed";
    expect(outcome).toEqual({ ok: false, shown: `/room failed with the error "${error}"` });
    const { ts } = people.say({ user: "mia", channel: "general", text: "root" });
    await people.command({ user: "mia", channel: "general", text: "/room x", threadTs: ts });
    await people.command({ user: "mia", channel: "general", text: "/rooom x" });
    expect(people.whispers("mia").map(({ text }) => text)).toEqual([
      `/room failed with the error "${error}"`,
      "/room is not supported in threads. Sorry!",
      "/rooom is not a valid command.",
    ]);
    expect(violationRules(slack).filter((rule) => rule === "missing_ack")).toHaveLength(mode === "http" ? 1 : 0);
  });
});
