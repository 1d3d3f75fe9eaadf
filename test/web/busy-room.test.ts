import { expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

needsChromium()("a room with much in it", () => {
  useStage();

  async function enter(
    role: "member" | "viewer" | "approver",
    body: Parameters<typeof makeWebRoom>[1],
    size = { width: 1280, height: 800 },
  ) {
    const room = await makeWebRoom(server, body);
    const { page } = await openPerson(browser, { origin: server.url, viewport: size });
    await joinByLink(page, { url: server.url, code: room.invites[role], name: "Jonas" });
    await page.getByText("Live", { exact: true }).waitFor();
    return { room, page };
  }

  test("emoji of several parts and letters that join stand as they are written", async () => {
    const { room, page } = await enter("member", {});
    await room.say("👩‍💻 👨‍👩‍👧 🏳️‍🌈 می‌خواهم");
    const message = page.locator(".message", { hasText: "می" });
    await message.waitFor();
    expect(await message.locator(".unseen").count()).toBe(0);
    expect(await message.locator(".body").innerText()).toBe("👩‍💻 👨‍👩‍👧 🏳️‍🌈 می‌خواهم");
  });
});
