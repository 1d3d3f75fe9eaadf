import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom, type WebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

const edit = { file_path: "src/slug.ts", old_string: "const a = 1;\nreturn a;", new_string: "const a = 2;\nreturn a;" };
const agents = [
  { name: "writer", gate: "always" as const, script: [{ match: "^say (.*)$", reply: "@room {1}" }] },
  {
    name: "coder",
    script: [
      { match: "^edit$", ask: { tool: "Edit", input: edit }, reply: "@room edited" },
      { match: "^ask$", ask: { question: "Which **one**?", options: ["Red", "Blue"] }, reply: "@room chose {answer}" },
    ],
  },
];

async function enter(texts: readonly string[]): Promise<{ room: WebRoom; page: Page }> {
  const room = await makeWebRoom(server, { agents });
  for (const text of texts) await room.say(text);
  await room.untilGates(texts.length);
  const { page } = await openPerson(browser, { origin: server.url, viewport: { width: 1_440, height: 900 } });
  await joinByLink(page, { url: server.url, code: room.invites.approver, name: "mia" });
  await page.locator(".gate").waitFor();
  return { room, page };
}

/** Presses a key until it shows its effect: a gate takes none right after it appeared. */
async function press(page: Page, key: string, isDone: () => Promise<boolean>): Promise<void> {
  await expect
    .poll(
      async () => {
        if (!(await isDone())) await page.keyboard.press(key);
        return await isDone();
      },
      { timeout: 30_000, interval: 500 },
    )
    .toBe(true);
}

needsChromium()("deciding on the page", () => {
  useStage();

  test("a change of a file is shown as lines that go and come, beside each other in a wide panel, and exactly", async () => {
    const { room, page } = await enter(["@coder edit"]);
    const change = page.getByLabel("Change of src/slug.ts");
    await change.waitFor();
    expect((await change.locator("del").allInnerTexts()).map((text) => text.slice(1))).toEqual(["const a = 1;"]);
    expect((await change.locator("ins").allInnerTexts()).map((text) => text.slice(1))).toEqual(["const a = 2;"]);
    await page.getByText("Changes src/slug.ts.").waitFor();
    await page.getByRole("button", { name: "Wide" }).click();
    await expect.poll(() => change.locator(".diff-row").count()).toBe(2);
    await page.keyboard.press("x");
    expect(await page.getByLabel("Input").innerText()).toContain("old_string");
    await page.getByRole("button", { name: "Edit input" }).click();
    await page.getByLabel("new_string").fill("const a = 3;\nreturn a;");
    await page.getByRole("button", { name: "Allow with this input" }).click();
    await page.getByText("edited", { exact: true }).waitFor();
    const resolved = await room.untilEvent("gate.resolved");
    expect(JSON.parse(String(resolved.body))).toEqual({ ...edit, new_string: "const a = 3;\nreturn a;" });
  });

  test("keys go from gate to gate and choose an option", async () => {
    const { page } = await enter(["@writer say one", "@coder ask"]);
    await press(page, "j", () => page.getByRole("button", { name: "Red" }).isVisible());
    expect(await page.locator(".gate strong").first().innerText()).toBe("one");
    await press(page, "k", () => page.getByRole("button", { name: "Approve" }).isVisible());
    await press(page, "j", () => page.getByRole("button", { name: "Red" }).isVisible());
    await press(page, "2", () => page.getByText("chose Blue").isVisible());
  });

  test("several alike are read and decided together, each by its own hash", async () => {
    const { room, page } = await enter(["@writer say one", "@writer say two", "@writer say three"]);
    await page.getByRole("button", { name: "Approve 3 alike" }).click();
    expect((await page.locator(".alike .gate-text").allInnerTexts()).toSorted()).toEqual(["one", "three", "two"]);
    await page.getByRole("button", { name: "Approve these 3" }).click();
    await room.untilGates(0);
    await page.getByText("three", { exact: true }).first().waitFor();
  });

  test("a decision can be taken back for five seconds, and is sent when the page goes away", async () => {
    const { room, page } = await enter(["@writer say one"]);
    await page.keyboard.press("?");
    await page.getByLabel("Decisions wait for 5 seconds").check();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText(/Approve for writer is sent in \d s/).waitFor();
    await page.keyboard.press("u");
    await page.getByRole("button", { name: "Approve" }).waitFor();
    expect(await room.untilGates(1)).toHaveLength(1);
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText(/Approve for writer is sent in/).waitFor();
    await page.goto("about:blank");
    expect(await room.untilGates(0)).toEqual([]);
  });

  test("Enter completes a name that stands alone, and never sends it", async () => {
    const { room, page } = await enter(["@writer say one"]);
    const box = page.getByRole("textbox", { name: "Your message" });
    await box.fill("@coder");
    await box.press("Enter");
    expect(await box.inputValue()).toBe("@coder ");
    await box.press("Enter");
    await page.getByText("Write something behind the name.").waitFor();
    await box.fill("@coder hello");
    await box.press("Enter");
    await room.untilEvent("message.posted", ({ body }) => body === "hello");
  });
});
