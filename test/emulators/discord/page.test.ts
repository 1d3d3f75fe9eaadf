import type { Browser, Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { needsChromium } from "../../support/require.js";
import { launchBrowser } from "../../web/support/browser.js";
import { answerInteractions, call, general, identify, openThread, registerRoom, say, startDiscord } from "./harness.js";
import type { Json } from "./model.js";

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

const row = (...components: Json[]) => ({ type: 1, components });
const input = { type: 4, custom_id: "text", style: 2, max_length: 100, value: "no", required: true };
const modal = { custom_id: "f1", title: "Edit", components: [{ type: 18, label: "Message", component: input }] };

/** An app's answer with a form. */
function answer({ type, data }: Json): Json {
  if (type === 4) return { type: 8, data: { choices: [{ name: "coder", value: "coder" }] } };
  if (type === 2) return { type: 4, data: { content: `made ${data.options[0].options[0].value}`, flags: 64 } };
  if (type === 3)
    return data.custom_id === "edit"
      ? { type: 9, data: modal }
      : { type: 4, data: { content: `chose ${data.values}`, flags: 64 } };
  return { type: 4, data: { content: `filled ${data.components[0].component.value}`, flags: 64 } };
}

needsChromium()("the page in a browser", () => {
  test("types commands with suggestions and messages, opens a thread, presses, chooses, fills a form, as one of two people", async () => {
    const discord = await startDiscord();
    answerInteractions(discord, await identify(discord), answer);
    await registerRoom(discord);
    const { page, problems } = await visit(discord.url);
    // Suggestions are made of the commands, which come with the page's first state.
    await page.locator("#channel-name", { hasText: "general" }).waitFor();

    await page.fill("#say textarea", "/room new name:Scheduler agents:co");
    await page.click("#say .hints >> text=coder");
    await expect.poll(() => page.inputValue("#say textarea")).toBe("/room new name:Scheduler agents:coder");
    await page.keyboard.press("Enter");
    await page.locator("#messages .private", { hasText: "made Scheduler" }).waitFor();

    const thread = await openThread(discord);
    const held = { embeds: [{ title: "Held", description: "**text** <script>alert(1)</script>", color: 0xd29922 }] };
    const edit = { type: 2, style: 1, label: "Edit", custom_id: "edit" };
    const menu = { type: 3, custom_id: "menu", placeholder: "Choose", options: [{ label: "Left", value: "left" }] };
    await say(discord, { ...held, components: [row(edit), row(menu)] }, thread);
    await page.click("#messages .to-thread");
    await page.locator("#replies .embed", { hasText: "<script>" }).waitFor();
    await page.fill("#reply textarea", "hi @bob <b>");
    await page.click("#reply > button");
    await page.locator("#replies .message", { hasText: "hi @Bob <b>" }).waitFor();

    await page.click("#replies >> text=Edit");
    await page.locator("dialog textarea").waitFor();
    await expect.poll(() => page.inputValue("dialog textarea")).toBe("no");
    await page.fill("dialog textarea", "yes");
    await page.click("dialog >> text=Submit");
    await page.locator("#replies .private", { hasText: "filled yes" }).waitFor();
    await page.selectOption("#replies select", "left");
    await page.locator("#replies .private", { hasText: "chose left" }).waitFor();

    await page.click("#who >> text=Bob");
    await page.locator("#replies .private").first().waitFor({ state: "detached" });
    await page.fill("#say textarea", "Bob here");
    await page.keyboard.press("Enter");
    await discord.until(() => discord.people.seen(general).at(-1)?.from === "Bob");
    expect(problems).toEqual([]);
    expect(discord.violations()).toEqual([]);
    expect((await call(discord, "GET", `/channels/${thread}`)).body.name).toBe("room");
  }, 180_000);
});
