import { expect, test } from "vitest";
import { roomTemplates, templateNames } from "../../adapters/web/client/room-templates.js";
import { adminToken } from "../http/support/api.js";
import { needsChromium } from "../support/require.js";
import { joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

needsChromium()("a new room from the page", () => {
  useStage();

  test("is made from a template with the admin token, which is not stored; its creator is its owner", async () => {
    const { page, errors } = await openPerson(browser, { origin: server.url });
    await page.goto(server.url);
    await page.getByRole("button", { name: "Start a new room" }).click();
    const form = page.getByRole("region", { name: "Start a new room" });
    await form.getByRole("button", { name: "Start the room" }).click();
    await form.getByText("Give the room a name first.").waitFor();
    await form.getByLabel("Name of the room").fill("Release notes");
    await form.getByLabel("Your name").fill("Mia");
    await form.getByText("Coder and reviewer", { exact: true }).click();
    await form.getByLabel("Admin token").fill("not-the-token");
    await form.getByRole("button", { name: "Start the room" }).click();
    await form.getByText("This is not the admin token of this server. Nothing was made.").waitFor();
    await form.getByLabel("Admin token").fill(adminToken);
    await form.getByRole("button", { name: "Start the room" }).click();
    await page.getByRole("heading", { name: "Release notes", level: 1 }).waitFor();
    await page.getByText("mia joined as owner").waitFor();
    for (const { name } of roomTemplates.pair) await page.locator(".person", { hasText: name }).waitFor();
    const kept = await page.evaluate<string>(
      "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])",
    );
    expect(kept).toContain("Release notes");
    expect(kept).not.toContain(adminToken);
    expect(page.url()).not.toContain(adminToken);
    const cookies = await page.context().cookies(`${server.url}/api/rooms/${page.url().split("/r/")[1]}`);
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: "Strict" }]);
    await page.reload();
    await page.getByRole("textbox", { name: "Your message" }).fill("hello");
    await page.keyboard.press("Enter");
    await page.locator(".group.own:not(.pending)", { hasText: "hello" }).waitFor();
    await page.getByLabel("More").click();
    await page.getByRole("button", { name: "New room" }).click();
    await page.getByLabel("Name of the room").waitFor();
    expect(errors.filter((error) => !error.includes("401"))).toEqual([]);
  });

  test("every template makes a room that the server takes", async () => {
    for (const name of templateNames) {
      const agents = roomTemplates[name].map((agent) => ({ ...agent }));
      const body = { name, agents };
      const made = await server.api.call("POST", "/api/rooms", { token: adminToken, body });
      expect(made.status, made.text).toBe(201);
    }
  });

  test("the cost of each agent is beside it and grows as it works", async () => {
    const room = await makeWebRoom(server, { agents: [{ name: "coder", script: [] }] });
    const used = (usd: number) =>
      server.api.deps.rooms.execute(room.roomId, {
        type: "turn.usage",
        agent: "coder",
        usage: { inputTokens: 1_000, outputTokens: 200, cacheReadTokens: 30, cacheWriteTokens: 4, usd },
      });
    await used(0.25);
    const { page } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code: room.invites.viewer, name: "Vic" });
    const coder = page.locator(".person", { hasText: "coder" });
    await coder.getByText("$0.25").waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    await used(0.5);
    await coder.getByText("$0.75").waitFor();
    expect(await coder.locator(".cost").getAttribute("title")).toBe("2,468 tokens");
    await page.getByText("$0.75 so far").waitFor();
  });
});
