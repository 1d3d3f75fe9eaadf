import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom, type WebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

const agents = [
  {
    name: "coder",
    script: [
      { match: "^ask$", ask: { question: "Which one?", options: ["Red", "Blue"] }, reply: "@room chose {answer}" },
      { match: "^slow$", delayMs: 600_000, reply: "@room late" },
      { match: "^hello$", reply: "@room heard" },
    ],
  },
];

async function enter(): Promise<{ room: WebRoom; page: Page }> {
  const room = await makeWebRoom(server, { agents });
  const { page } = await openPerson(browser, { origin: server.url });
  await joinByLink(page, { url: server.url, code: room.invites.approver, name: "mia" });
  return { room, page };
}

async function write(page: Page, text: string): Promise<void> {
  const box = page.getByRole("textbox", { name: "Your message" });
  await box.fill(text);
  await box.press("Enter");
}

const messageWith = (page: Page, text: string) => page.locator(".message", { hasText: text }).last();

needsChromium()("a conversation on the page", () => {
  useStage();

  test("a message is quoted in the answer to it", async () => {
    const { room, page } = await enter();
    await room.say("@mia first line\nsecond line");
    const message = messageWith(page, "second line");
    await message.hover();
    await message.getByRole("button", { name: "Quote" }).click();
    const box = page.getByRole("textbox", { name: "Your message" });
    await expect.poll(() => box.inputValue()).toBe("@host\n> first line\n> second line\n\n");
    await page.keyboard.type("I agree");
    await page.keyboard.press("Enter");
    const posted = await room.untilEvent("message.posted", ({ from }) => from === "mia");
    expect(posted).toMatchObject({ to: ["host"], body: "> first line\n> second line\n\nI agree" });
  });

  test("a message that waits is changed and taken back by its writer, and everybody sees it", async () => {
    const { room, page } = await enter();
    await room.call("POST", "/pause", {});
    await write(page, "@coder typo");
    await messageWith(page, "typo").hover();
    await messageWith(page, "typo").getByRole("button", { name: "Edit" }).click();
    await page.getByText("You are changing a message that no agent has read yet.").waitFor();
    const box = page.getByRole("textbox", { name: "Your message" });
    expect(await box.inputValue()).toBe("@coder typo");
    await box.fill("@coder better");
    await page.getByRole("button", { name: "Replace" }).click();
    await messageWith(page, "better").waitFor();
    await expect.poll(() => page.locator(".taken-back").innerText()).toContain("typo");
    await messageWith(page, "better").hover();
    await messageWith(page, "better").getByRole("button", { name: "Take back" }).click();
    await expect.poll(() => page.locator(".taken-back").count()).toBe(2);
    expect(await messageWith(page, "better").getByRole("button", { name: "Take back" }).count()).toBe(0);
    await page.reload();
    await expect.poll(() => page.locator(".taken-back").count()).toBe(2);
  });

  test("a question stands where it was asked, and stays there with its answer behind it", async () => {
    const { room, page } = await enter();
    await room.say("@coder ask");
    await page.locator(".line", { hasText: "coder asks – Which one?" }).waitFor();
    await room.say("something in between");
    await page.getByRole("button", { name: "Blue" }).click();
    await page.getByText("chose Blue").waitFor();
    const texts = await page.locator(".line-text, .message .body").allInnerTexts();
    const at = (text: string) => texts.findIndex((one) => one.includes(text));
    expect(at("coder asks – Which one?")).toBeLessThan(at("something in between"));
    expect(at("something in between")).toBeLessThan(at("mia answered coder"));
  });

  test("the conversation is filtered by person, and to what concerns oneself", async () => {
    const { room, page } = await enter();
    await room.say("for everybody");
    await room.say("@mia for you");
    await write(page, "@coder hello");
    await page.getByText("heard", { exact: true }).waitFor();
    const filter = page.getByLabel("Show", { exact: true });
    const bodies = () => page.locator(".message .body").allInnerTexts();
    await filter.selectOption("About me");
    await expect.poll(bodies).toEqual(["for you", "hello"]);
    await filter.selectOption("coder");
    await expect.poll(bodies).toEqual(["hello", "heard"]);
    await filter.selectOption("Everything");
    await expect.poll(bodies).toEqual(["for everybody", "for you", "hello", "heard"]);
  });

  test("who comes back finds a mark before what is new, and a way to it", async () => {
    const { room, page } = await enter();
    await room.say("read");
    await page.getByText("read", { exact: true }).waitFor();
    await expect
      .poll(() => page.evaluate("Object.keys(localStorage).some((key) => key.startsWith('parley.seen.'))"))
      .toBe(true);
    await page.goto("about:blank");
    for (let at = 0; at < 30; at += 1) await room.say(`news ${at}`);
    await page.goto(room.url);
    const jump = page.getByRole("button", { name: "30 new since you were here" });
    await jump.waitFor();
    await jump.click();
    await expect.poll(() => page.locator("#first-new").isVisible()).toBe(true);
    await page.getByRole("button", { name: /Jump to the newest|new message/ }).click();
    await page.getByText("news 29").waitFor();
  });
});
