import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

/** The dialog that runs a room, opened by somebody of this role, in a room with people and agents. */
async function openManage(role: "owner" | "approver", viewport = { width: 1280, height: 800 }) {
  const agents = ["coder", "reviewer"].map((name) => ({ name, script: [] }));
  const room = await makeWebRoom(server, { agents });
  const codeFor = async (of: string) => (await room.call("POST", "/invites", { role: of })).json.code as string;
  const join = (code: string, name: string) => server.api.call("POST", "/api/join", { body: { code, name } });
  await join(await codeFor("member"), "tom");
  await join(await codeFor("approver"), "ann");
  const { page, errors } = await openPerson(browser, { origin: server.url, viewport });
  await joinByLink(page, { url: server.url, code: await codeFor(role), name: "Mia" });
  await page.getByLabel("More").click();
  await page.getByRole("button", { name: "Manage" }).click();
  const manage = page.getByRole("dialog", { name: "Run this room" });
  await manage.waitFor();
  return { room, page, manage, errors, joinAgain: join };
}

const focusedName = (page: Page) => page.locator(":focus").textContent();

needsChromium()("running a room on the page", () => {
  useStage();

  test("an owner gives a person another role, removes another, and revokes what they left open", async () => {
    const { room, manage, errors } = await openManage("owner");
    await manage.getByRole("tab", { name: "People" }).click();
    await manage.getByLabel("Role of tom").selectOption("approver");
    await manage.getByRole("button", { name: "Change role of tom" }).click();
    await manage.getByText("tom is approver from now on.").waitFor();
    expect(await room.untilEvent("participant.configured")).toMatchObject({ name: "tom", role: "approver" });
    await manage.getByRole("button", { name: "Remove ann" }).click();
    await manage.getByRole("button", { name: "Really remove ann?" }).click();
    await manage.getByText("ann may know the codes of these invites.", { exact: false }).waitFor();
    await manage.locator(".left-open").getByRole("button", { name: "Revoke" }).first().click();
    await room.untilEvent("invite.revoked");
    expect(await manage.getByLabel("Role of ann").count()).toBe(0);
    expect(errors).toEqual([]);
  });

  test("an approver sees people and rules, and changes neither", async () => {
    const { manage } = await openManage("approver");
    await manage.getByRole("tab", { name: "People" }).click();
    await manage.getByText("Only an owner changes roles and removes people.").waitFor();
    expect(await manage.getByRole("button", { name: /^Remove/ }).count()).toBe(0);
    await manage.getByRole("tab", { name: "Rules" }).click();
    expect(await manage.getByLabel("Name of the room").isDisabled()).toBe(true);
    expect(await manage.getByRole("button", { name: "Save rules" }).count()).toBe(0);
  });

  test("an agent is added; a refused name is said at its field, and the rest stays as typed", async () => {
    const { room, manage } = await openManage("owner");
    await manage.locator("summary", { hasText: "Add agent" }).click();
    const form = manage.locator("[open]");
    await form.getByLabel("Name", { exact: true }).fill("coder");
    await form.getByLabel("Standing instructions").fill("Be kind.");
    await form.getByRole("button", { name: "Add agent" }).click();
    await form.locator(".field-problem, .problem").first().waitFor();
    expect(await form.getByLabel("Standing instructions").inputValue()).toBe("Be kind.");
    await form.getByLabel("Name", { exact: true }).fill("zed");
    await form.getByRole("button", { name: "Add agent" }).click();
    await manage.getByText("zed was added.").waitFor();
    await room.untilEvent("participant.joined", ({ name, prompt }) => name === "zed" && prompt === "Be kind.");
  });

  test("pages are reached with arrow keys, and what was typed stays on a page that is left", async () => {
    const { page, manage } = await openManage("owner");
    await manage.getByRole("tab", { name: "Agents" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(await focusedName(page)).toBe("Rules");
    await manage.getByLabel("Name of the room").fill("Another name");
    await manage.getByRole("tab", { name: "Rules" }).focus();
    await page.keyboard.press("Home");
    expect(await focusedName(page)).toBe("Agents");
    await page.keyboard.press("End");
    expect(await focusedName(page)).toBe("Room");
    await manage.getByRole("tab", { name: "Rules" }).click();
    expect(await manage.getByLabel("Name of the room").inputValue()).toBe("Another name");
  });

  test("Escape warns once of what is not saved, and closes at once where everything is", async () => {
    const { page, manage } = await openManage("owner");
    await manage.getByRole("tab", { name: "Rules" }).click();
    await manage.getByLabel("Name of the room").fill("Another name");
    await page.keyboard.press("Escape");
    await manage.getByText("Something is not saved yet.", { exact: false }).waitFor();
    await manage.getByRole("button", { name: "Save rules" }).click();
    await manage.getByText("Saved.").waitFor();
    await page.keyboard.press("Escape");
    await manage.waitFor({ state: "detached" });
  });

  test("chats are offered only where one is connected", async () => {
    const { manage } = await openManage("owner");
    expect(await manage.getByRole("tab").allInnerTexts()).toEqual(["Agents", "People", "Rules", "Room"]);
  });

  test("nothing is wider than a narrow phone", async () => {
    const { page, manage } = await openManage("owner", { width: 360, height: 640 });
    await manage.locator("summary", { hasText: "coder" }).click();
    await manage.getByRole("button", { name: "Save settings" }).waitFor();
    for (const name of ["Agents", "People", "Rules", "Room"]) {
      await manage.getByRole("tab", { name }).click();
      const wide = await page.evaluate(
        `[...document.querySelectorAll(".manage-page:not([hidden]) *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5).map((one) => one.tagName + " " + one.className)`,
      );
      expect([name, wide]).toEqual([name, []]);
    }
  });
});
