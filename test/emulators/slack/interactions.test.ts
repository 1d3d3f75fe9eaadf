import { describe, expect, test } from "vitest";
import { createClient, type Mode, type Running } from "./bolt-app.js";
import type { SlackEmulator } from "./emulator.js";
import { startApp, startSlack, violationRules } from "./harness.js";

const plain = (text: string) => ({ type: "plain_text" as const, text });
const card = [
  { type: "section", text: { type: "mrkdwn", text: "Decide" }, block_id: "s" },
  {
    type: "actions",
    block_id: "gate",
    elements: [{ type: "button", action_id: "ok", text: plain("OK"), value: "g1" }],
  },
];
const modal = (patch: object = {}) => ({
  type: "modal" as const,
  callback_id: "m",
  title: plain("Title"),
  blocks: [{ type: "section", text: plain("x") }],
  ...patch,
});
const fails = (error: string) => expect.objectContaining({ data: expect.objectContaining({ error }) });

async function withCard(mode: Mode, prepare: (app: Running["app"]) => void, settings = {}) {
  const slack = await startSlack({ settings });
  await startApp(slack, mode, { prepare });
  const quiet = { unfurl_links: false, unfurl_media: false };
  const sent = await createClient(slack).chat.postMessage({
    channel: "C00GENERAL",
    text: "Decide",
    blocks: card,
    ...quiet,
  });
  const ts = sent.ts as string;
  const click = (user: string) => slack.people.click({ user, channel: "general", ts, actionId: "ok" });
  return { slack, ts, click };
}

const openFor = async (slack: SlackEmulator, triggerId: string, view: object = modal()) =>
  createClient(slack).apiCall("views.open", { trigger_id: triggerId, view });

describe.each(["socket", "http"] as const)("a click over %s", (mode) => {
  test("tells who, where and what; its trigger opens one modal within its life", async () => {
    const triggers: string[] = [];
    const bodies: object[] = [];
    const { slack, ts, click } = await withCard(
      mode,
      (app) =>
        app.action("ok", async ({ ack, body }) => {
          await ack();
          bodies.push(body);
          if ("trigger_id" in body) triggers.push(body.trigger_id);
        }),
      { triggerLifeMs: 2_000 },
    );
    await click("tom");
    const [first = ""] = await slack.until(() => triggers.length === 1 && triggers);
    expect(bodies[0]).toMatchObject({
      user: { id: "U000TOM" },
      container: { type: "message", message_ts: ts, channel_id: "C00GENERAL", is_ephemeral: false },
      actions: [{ action_id: "ok", block_id: "gate", value: "g1" }],
      message: { ts, text: "Decide" },
    });
    await openFor(slack, first);
    await expect(openFor(slack, first)).rejects.toEqual(fails("exchanged_trigger_id"));
    await expect(openFor(slack, "1.2.3")).rejects.toEqual(fails("invalid_trigger_id"));
    await click("tom");
    await slack.until(() => triggers.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 2_050));
    await expect(openFor(slack, triggers[1] ?? "")).rejects.toEqual(fails("expired_trigger_id"));
    expect(violationRules(slack)).toEqual(["exchanged_trigger_id", "invalid_trigger_id", "expired_trigger_id"]);
  });

  test("on a card that has changed since still reaches the app, as people's screens lag", async () => {
    const values: string[] = [];
    const { slack, ts, click } = await withCard(mode, (app) =>
      app.action("ok", async ({ ack, action }) => {
        await ack();
        if ("value" in action) values.push(String(action.value));
      }),
    );
    const [seen] = slack.people.channel("general");
    await createClient(slack).chat.update({ channel: "C00GENERAL", ts, text: "Decided", blocks: [] });
    await expect(click("mia")).rejects.toThrow("button_not_found");
    if (seen === undefined) throw new Error("the card was there");
    await slack.people.click({ user: "mia", channel: "general", ts, actionId: "ok", seen });
    await slack.until(() => values.length === 1);
    expect(values).toEqual(["g1"]);
  });

  test("without an acknowledgement is shown as such", async () => {
    const { slack, click } = await withCard(mode, (app) => app.action("ok", async () => undefined), {
      ackTimeoutMs: 1_000,
    });
    expect(await click("mia")).toEqual({ ok: false, shown: "This app didn’t respond." });
    expect(violationRules(slack)).toEqual(["missing_ack"]);
  });

  test("answers through its response URL: privately, in place, five times", async () => {
    let respondAgain: ((text: string) => Promise<unknown>) | undefined;
    const { slack, click } = await withCard(mode, (app) =>
      app.action("ok", async ({ ack, respond }) => {
        await ack();
        await respond({ text: "Already decided by Mia.", replace_original: false });
        await respond({ text: "Decided", blocks: [], replace_original: true });
        respondAgain = (text) => respond({ text, replace_original: false });
      }),
    );
    await click("tom");
    await slack.until(() => respondAgain !== undefined);
    expect(slack.people.whispers("tom").map(({ text }) => text)).toEqual(["Already decided by Mia."]);
    expect(slack.people.channel("general")[0]).toMatchObject({ text: "Decided", buttons: [] });
    for (let n = 0; n < 3; n += 1) await respondAgain?.(`${n}`);
    await respondAgain?.("6").catch(() => undefined);
    expect(violationRules(slack)).toEqual(["used_url"]);
    expect(slack.people.whispers("tom")).toHaveLength(4);
  });
});

describe("a modal", () => {
  async function opened(view: object, prepare: (app: Running["app"]) => void = () => undefined) {
    const triggers: string[] = [];
    const { slack, click } = await withCard("socket", (app) => {
      app.action("ok", async ({ ack, body }) => {
        await ack();
        if ("trigger_id" in body) triggers.push(body.trigger_id);
      });
      prepare(app);
    });
    await click("mia");
    await slack.until(() => triggers.length === 1);
    await openFor(slack, triggers[0] ?? "", view);
    return slack;
  }
  const input = (id: string, element: object, more: object = {}) => ({
    type: "input",
    block_id: id,
    label: plain(id),
    element: { action_id: `${id}-a`, ...element },
    ...more,
  });
  const form = modal({
    submit: plain("Send"),
    private_metadata: "g1",
    blocks: [
      input("body", { type: "plain_text_input", initial_value: "draft", max_length: 10 }),
      input("why", { type: "plain_text_input" }, { optional: true }),
      input("who", {
        type: "static_select",
        options: [
          { text: plain("All"), value: "all" },
          { text: plain("Coder"), value: "coder" },
        ],
      }),
    ],
  });

  test("sends the entered text, with initial values for the rest", async () => {
    const states: unknown[] = [];
    const slack = await opened(form, (app) =>
      app.view("m", async ({ ack, view }) => {
        states.push(view.state.values, view.private_metadata);
        await ack();
      }),
    );
    expect(await slack.people.submit({ user: "mia", values: {} })).toMatchObject({
      result: "errors",
      by: "client",
      errors: { who: expect.any(String) },
    });
    expect(await slack.people.submit({ user: "mia", values: { body: "x".repeat(11), who: "all" } })).toMatchObject({
      by: "client",
    });
    await expect(slack.people.submit({ user: "mia", values: { who: "nobody" } })).rejects.toThrow("option_not_found");
    await expect(slack.people.submit({ user: "tom" })).rejects.toThrow("view_not_found");
    expect(await slack.people.submit({ user: "mia", values: { who: "coder" } })).toEqual({ result: "closed" });
    expect(states).toMatchObject([
      {
        body: { "body-a": { type: "plain_text_input", value: "draft" } },
        why: { "why-a": { value: null } },
        who: { "who-a": { selected_option: { value: "coder" } } },
      },
      "g1",
    ]);
  });

  test("can be updated, pushed on and cleared by the answer", async () => {
    let answer: "update" | "push" | "clear" = "update";
    const slack = await opened(modal({ submit: plain("Next") }), (app) =>
      app.view("m", async ({ ack }) => {
        if (answer === "clear") await ack({ response_action: "clear" });
        else await ack({ response_action: answer, view: modal({ title: plain(answer), submit: plain("Next") }) });
      }),
    );
    expect(await slack.people.submit({ user: "mia" })).toEqual({ result: "updated" });
    answer = "push";
    expect(await slack.people.submit({ user: "mia" })).toEqual({ result: "pushed" });
    expect(slack.people.modals("mia").map(({ title }) => title)).toEqual(["update", "push"]);
    answer = "clear";
    expect(await slack.people.submit({ user: "mia" })).toEqual({ result: "cleared" });
    expect(slack.people.modals("mia")).toEqual([]);
    expect(violationRules(slack)).toEqual([]);
  });

  test("is updated by the app unless it changed meanwhile; over its limits it is refused", async () => {
    const slack = await opened(form);
    const client = createClient(slack);
    const { viewId } = slack.people.modals("mia")[0] ?? { viewId: "" };
    const changed = await client.apiCall("views.update", { view_id: viewId, view: modal({ title: plain("New") }) });
    expect(slack.people.modals("mia")[0]?.title).toBe("New");
    const stale = client.apiCall("views.update", { view_id: viewId, hash: "1.old", view: modal() });
    await expect(stale).rejects.toEqual(fails("hash_conflict"));
    const long = modal({ title: plain("x".repeat(25)) });
    await expect(client.apiCall("views.update", { view_id: viewId, view: long })).rejects.toEqual(
      fails("invalid_arguments"),
    );
    await slack.people.closeModal("mia");
    await expect(client.apiCall("views.update", { view_id: viewId, view: modal() })).rejects.toEqual(
      fails("not_found"),
    );
    expect(changed.ok).toBe(true);
  });

  test("answer that names an unknown field is a violation", async () => {
    const slack = await opened(form, (app) =>
      app.view("m", async ({ ack }) => ack({ response_action: "errors", errors: { nope: "x" } })),
    );
    expect(await slack.people.submit({ user: "mia", values: { who: "all" } })).toMatchObject({ result: "failed" });
    expect(violationRules(slack)).toEqual(["invalid_view_response"]);
  });

  test("home opens with the app's published view", async () => {
    const slack = await startSlack();
    await startApp(slack, "socket", {
      prepare: (app) =>
        app.event("app_home_opened", async ({ event, client }) => {
          await client.views.publish({
            user_id: event.user,
            view: { type: "home", blocks: [{ type: "section", text: plain("Rooms") }] },
          });
        }),
    });
    slack.people.openHome("tom");
    await slack.until(() => slack.people.home("tom")?.text === "Rooms");
    expect(slack.people.home("mia")).toBeUndefined();
  });
});
