import { describe, expect, test } from "vitest";
import { createClient } from "./bolt-app.js";
import type { SlackEmulator } from "./emulator.js";
import { startApp, startSlack } from "./harness.js";
import { asObject, asObjects, asText } from "./json.js";

const post = async (slack: SlackEmulator, act: string, body: object, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${slack.url}/_emulator/${act}`, { method: "POST", body: JSON.stringify(body), headers });
  return answer.status === 200 ? asObject(await answer.json()) : { status: answer.status };
};
const get = async (slack: SlackEmulator, what: string): Promise<unknown> =>
  (await fetch(`${slack.url}/_emulator/${what}`)).json();
const quiet = { unfurl_links: false, unfurl_media: false };

describe("control over HTTP", () => {
  test("drives people, reads what they see and commands faults", async () => {
    const slack = await startSlack();
    await startApp(slack, "socket", {
      prepare: (app) =>
        app.command("/room", async ({ ack, command }) => ack(`Room ${command.text} for <@${command.user_id}>`)),
    });
    const said = await post(slack, "people/say", { user: "mia", channel: "#general", text: "hello @tom" });
    const ts = asText(asObject(said.result).ts);
    expect(await get(slack, `thread?channel=general&ts=${ts}`)).toMatchObject([
      { text: "hello @Tom", author: { name: "Mia" } },
    ]);
    expect(await post(slack, "people/command", { user: "tom", channel: "general", text: "/room x" })).toMatchObject({
      ok: true,
    });
    expect(await get(slack, "whispers?user=tom")).toMatchObject([{ text: "Room x for @Tom" }]);
    expect(await post(slack, "people/click", { user: "tom", channel: "general", ts, actionId: "none" })).toMatchObject({
      ok: false,
      error: "button_not_found",
    });
    expect(await get(slack, "connections")).toBe(1);
    await post(slack, "faults/add", { target: "call", mode: "http_error", status: 500 });
    await expect(createClient(slack).auth.test()).rejects.toThrow("500");
    await post(slack, "admin/archive", { channel: "builds" });
    await expect(createClient(slack).chat.postMessage({ channel: "C000BUILDS", text: "x", ...quiet })).rejects.toThrow(
      "is_archived",
    );
    expect(await get(slack, "violations")).toMatchObject([{ rule: "user_mention" }]);
    expect(await get(slack, "calls?method=auth.test")).toMatchObject([{}, { outcome: "http_error before" }]);
    expect(await post(slack, "people/fly", {})).toEqual({ status: 404 });
  });

  test("ignores pages of other sites", async () => {
    const slack = await startSlack();
    const evil = { origin: "https://evil.example" };
    expect(await post(slack, "people/say", { user: "mia", channel: "general", text: "x" }, evil)).toEqual({
      status: 403,
    });
    expect(slack.people.channel("general")).toEqual([]);
  });
});

describe("the page", () => {
  test("is served with its parts, and may load nothing from elsewhere", async () => {
    const slack = await startSlack();
    for (const path of ["/", "/page.css", "/message.css", "/overlay.css", "/page.js", "/modal.js"]) {
      const answer = await fetch(`${slack.url}${path}`);
      expect(answer.status).toBe(200);
      expect(await answer.text()).not.toMatch(/(?:src|href|import|url\()\s*=?\s*["'(]?https?:/);
      expect(answer.headers.get("content-security-policy")).toContain("default-src 'self'");
    }
    expect((await fetch(`${slack.url}/..%2fmain.ts`)).status).toBe(404);
  });

  test("draws a thread for each person: cards with buttons, faces, private answers, modals", async () => {
    const slack = await startSlack();
    const client = createClient(slack);
    const { ts = "" } = await client.chat.postMessage({ channel: "C00GENERAL", text: "Room", ...quiet });
    await client.chat.postMessage({
      channel: "C00GENERAL",
      thread_ts: ts,
      username: "Coder",
      icon_emoji: ":robot_face:",
      text: "Held",
      blocks: [
        { type: "section", text: { type: "mrkdwn", text: "*Held* <script>alert(1)</script>" } },
        {
          type: "actions",
          elements: [
            { type: "button", action_id: "ok", style: "primary", text: { type: "plain_text", text: "Approve" } },
          ],
        },
      ],
      ...quiet,
    });
    await client.chat.postEphemeral({ channel: "C00GENERAL", user: "U000MIA", thread_ts: ts, text: "for you" });
    const draw = async (user: string) => asObject(await get(slack, `state?user=${user}&channel=general&thread=${ts}`));
    const mine = await draw("mia");
    expect(asObjects(mine.messages)).toMatchObject([{ name: "Parley", replies: 1 }]);
    const [, card, whisper] = asObjects(mine.thread);
    expect(card).toMatchObject({ name: "Coder", icon: "🤖", isApp: true, private: false });
    expect(card?.html).toContain("<strong>Held</strong>");
    expect(card?.html).toContain('class="button primary" data-action="ok"');
    expect(card?.html).not.toContain("<script>");
    expect(whisper).toMatchObject({ private: true, html: "for you" });
    expect(asObjects((await draw("tom")).thread)).toHaveLength(2);
  });
});
