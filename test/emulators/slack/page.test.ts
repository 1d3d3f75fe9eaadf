import type { Browser, Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { needsChromium } from "../../support/require.js";
import { launchBrowser } from "../../web/support/browser.js";
import type { Running } from "./bolt-app.js";
import { startApp, startSlack } from "./harness.js";

const plain = (text: string) => ({ type: "plain_text" as const, text });
let browser: Browser | undefined;

afterAll(async () => browser?.close());

async function visit(url: string): Promise<{ page: Page; problems: string[] }> {
  browser ??= await launchBrowser();
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (line) => line.type() === "error" && problems.push(line.text()));
  await page.goto(url);
  return { page, problems };
}

function gateApp(app: Running["app"]): void {
  app.command("/room", async ({ ack, command, client }) => {
    await ack(`Opening ${command.text}`);
    const quiet = { channel: command.channel_id, unfurl_links: false, unfurl_media: false };
    const root = await client.chat.postMessage({ ...quiet, text: command.text });
    const button = { type: "button" as const, action_id: "edit", text: plain("Edit") };
    const blocks = [
      { type: "section" as const, text: { type: "mrkdwn" as const, text: "*Held* text" } },
      { type: "actions" as const, elements: [button] },
    ];
    await client.chat.postMessage({ ...quiet, thread_ts: root.ts as string, username: "Coder", text: "Held", blocks });
  });
  app.action("edit", async ({ ack, body, client }) => {
    await ack();
    if (!("trigger_id" in body)) return;
    const element = { type: "plain_text_input" as const, action_id: "text", initial_value: "no" };
    const blocks = [{ type: "input" as const, block_id: "body", label: plain("Message"), element }];
    const view = { type: "modal" as const, callback_id: "m", title: plain("Edit"), submit: plain("Send"), blocks };
    await client.views.open({ trigger_id: body.trigger_id, view });
  });
  app.view("m", async ({ ack, view }) => {
    if (view.state.values.body?.text?.value === "no")
      await ack({ response_action: "errors", errors: { body: "Why not?" } });
    else await ack();
  });
}

needsChromium()("the page in a browser", () => {
  test("types commands and messages, opens a thread, presses a button, fills a modal, as one of two people", async () => {
    const slack = await startSlack();
    await startApp(slack, "socket", { prepare: gateApp });
    const { page, problems } = await visit(slack.url);

    await page.fill("#say textarea", "/room Scheduler");
    await page.keyboard.press("Enter");
    await page.locator("#messages .private", { hasText: "Opening Scheduler" }).waitFor();
    await page.click("#messages .replies:not(.none)");
    await page.locator("#replies .message", { hasText: "Held text" }).waitFor();
    await page.fill("#reply textarea", "hi @tom <b>");
    await page.click("#reply button");
    await page.locator("#replies .message", { hasText: "hi @Tom <b>" }).waitFor();

    await page.click("#replies >> text=Edit");
    await page.click("dialog >> text=Send");
    await page.locator("dialog .error", { hasText: "Why not?" }).waitFor();
    await page.fill("dialog input", "yes");
    await page.click("dialog >> text=Send");
    await page.locator("dialog").waitFor({ state: "hidden" });

    await page.click("#who >> text=Tom");
    await page.locator("#messages .private").waitFor({ state: "detached" });
    await page.fill("#say textarea", "Tom here");
    await page.keyboard.press("Enter");
    await slack.until(() => slack.people.channel("general").at(-1)?.author.name === "Tom");
    expect(problems).toEqual([]);
    expect(slack.violations()).toEqual([]);
    expect(slack.reach()).toEqual({ pings: [], unfurls: [] });
  }, 180_000);
});
