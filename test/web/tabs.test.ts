import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { closePages, joinByLink, openPerson } from "./support/browser.js";
import { bodiesOn, makeWebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

const writer = { name: "writer", gate: "always" as const, script: [{ match: "^go$", reply: "@room released" }] };
const live = (page: Page) => page.getByText("Live", { exact: true }).waitFor();

/** Counts the streams that pages of a browser open. */
function countStreams(page: Page): () => number {
  let count = 0;
  page.context().on("request", (request) => {
    if (request.url().includes("/events?after=")) count += 1;
  });
  return () => count;
}

needsChromium()("several tabs of one browser", () => {
  useStage();

  test("of one room share a stream, and each shows what is said; the next one reads it when the first is closed", async () => {
    const room = await makeWebRoom(server);
    const { page: first } = await openPerson(browser, { origin: server.url });
    await joinByLink(first, { url: server.url, code: room.invites.member, name: "Ann" });
    await live(first);
    const tabs = [first];
    for (let at = 0; at < 3; at += 1) {
      const tab = await first.context().newPage();
      await tab.goto(room.url);
      await live(tab);
      tabs.push(tab);
    }
    const streams = countStreams(first);
    await room.say("to everybody");
    for (const tab of tabs) await tab.getByText("to everybody", { exact: true }).waitFor();
    expect(streams()).toBe(0);
    await first.close();
    await room.say("after the first");
    for (const tab of tabs.slice(1)) await tab.getByText("after the first", { exact: true }).waitFor();
    expect(streams()).toBe(1);
    for (const tab of tabs.slice(1)) expect(await bodiesOn(tab)).toEqual(["to everybody", "after the first"]);
  });

  test("of eight rooms can each decide", async () => {
    const { page } = await openPerson(browser, { origin: server.url });
    const tabs: Page[] = [];
    for (let at = 0; at < 8; at += 1) {
      const room = await makeWebRoom(server, { name: `Room ${at}`, agents: [writer] });
      const tab = at === 0 ? page : await page.context().newPage();
      await joinByLink(tab, { url: server.url, code: room.invites.approver, name: `Ann ${at}` });
      await room.say("@writer go");
      await room.untilGates(1);
      tabs.push(tab);
    }
    for (const tab of tabs) {
      await tab.bringToFront();
      await tab.reload();
      await tab.getByRole("button", { name: "Approve" }).click();
      await expect.poll(() => tab.getByRole("button", { name: "Approve" }).count(), { timeout: 40_000 }).toBe(0);
    }
  }, 180_000);

  test("follow a change of person at once, and keep typed text", async () => {
    const room = await makeWebRoom(server);
    const { page: first } = await openPerson(browser, { origin: server.url });
    await joinByLink(first, { url: server.url, code: room.invites.member, name: "Ann" });
    await live(first);
    await first.getByRole("textbox", { name: "Message" }).fill("half a thought");
    const second = await first.context().newPage();
    await joinByLink(second, { url: server.url, code: room.invites.approver, name: "Mia" });
    await first.getByText("You are now mia in this browser").first().waitFor();
    expect(await first.getByRole("textbox", { name: "Message" }).inputValue()).toBe("half a thought");
    await first.getByRole("textbox", { name: "Message" }).press("Enter");
    await room.untilEvent("message.posted", ({ from, body }) => from === "mia" && body === "half a thought");
    await closePages(browser);
  });
});
