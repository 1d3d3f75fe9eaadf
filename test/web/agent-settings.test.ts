import { expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

needsChromium()("agents on the page", () => {
  useStage();

  test("get settings, and keep the limits and members that the form leaves out", async () => {
    const budget = { usd: 5, usdPerDay: 1, tokens: 9 };
    const room = await makeWebRoom(server, { agents: [{ name: "coder", script: [], budget }] });
    const { page, errors } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code: room.invites.approver, name: "Mia" });
    await page.getByLabel("More").click();
    await page.getByRole("button", { name: "Manage" }).click();
    const manage = page.getByRole("dialog", { name: "Run this room" });
    await manage.locator("summary", { hasText: "coder" }).click();
    const total = manage.locator("[open]").getByLabel("Spend at most, in US dollars");
    await total.fill("a lot");
    await manage.getByLabel("Standing instructions").first().fill("Be brief.");
    await manage.getByRole("button", { name: "Save settings" }).click();
    await manage.getByText("The budget must be a number above zero, or empty.").waitFor();
    await manage.locator("[open] input:focus[aria-invalid=true]").waitFor();
    expect(await manage.getByLabel("Standing instructions").first().inputValue()).toBe("Be brief.");
    await total.fill("7");
    await manage.locator("[open]").getByLabel("Hold its messages").selectOption("always");
    await manage.getByRole("button", { name: "Save settings" }).click();
    await manage.getByText("coder is changed.").waitFor();
    const changed = await room.untilEvent("participant.configured");
    expect(changed).toMatchObject({ actor: "mia", name: "coder", gate: "always" });
    expect(changed.budget).toEqual({ usd: 7, usdPerDay: 1, tokens: 9 });
    expect(Object.keys(changed)).not.toContain("model");
    expect(errors).toEqual([]);
  });

  test("get a message that failed again, and a new conversation", async () => {
    const script = [{ match: "^fail", fail: "error" as const }];
    const room = await makeWebRoom(server, { agents: [{ name: "coder", script }] });
    const { page, errors } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code: room.invites.approver, name: "Mia" });
    await room.say("@coder fail");
    await page.getByRole("img", { name: "Delivery: coder: failed, not done" }).waitFor();
    await page.getByRole("button", { name: "Retry" }).click();
    expect(await room.untilEvent("message.retried")).toMatchObject({ agents: ["coder"], by: "mia", attempt: 2 });
    await page.getByLabel("More").click();
    await page.getByRole("button", { name: "Manage" }).click();
    await page.locator("summary", { hasText: "coder" }).last().click();
    await page.getByRole("button", { name: "New conversation" }).click();
    await page.getByRole("button", { name: "Really begin a new conversation for coder?" }).click();
    expect(await room.untilEvent("conversation.begun")).toMatchObject({ agent: "coder", why: "asked", by: "mia" });
    expect(errors).toEqual([]);
  });
});
