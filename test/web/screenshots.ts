import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { adminToken } from "../http/support/api.js";
import { eventually } from "../support/parley-client.js";
import { joinByLink, launchBrowser, openPerson } from "./support/browser.js";
import { startWebServer, type WebServer } from "./support/server.js";
import { showcaseAgents } from "./support/showcase.js";

/** Writes docs/images/<view>-<width>-<theme>.png: every view of the page at three widths in both themes, from a room at work. */

const images = process.argv[2] ?? fileURLToPath(new URL("../../docs/images", import.meta.url));
const sizes = [
  [1280, 800],
  [768, 1024],
  [360, 740],
] as const;
const themes = ["light", "dark"] as const;

async function shoot(page: Page, view: string): Promise<void> {
  for (const [width, height] of sizes) {
    for (const colorScheme of themes) {
      await page.setViewportSize({ width, height });
      await page.mouse.move(0, 0);
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      // Two frames, so that sizes have settled and the list has been put back to its end.
      await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
      await page.screenshot({ path: join(images, `${view}-${width}-${colorScheme}.png`) });
    }
  }
}

/** A room in the middle of a feature, with a question, a held message and a permission open. */
async function prepareRoom({ api, url }: WebServer, page: Page): Promise<void> {
  const made = await api.call("POST", "/api/rooms", {
    token: adminToken,
    body: { name: "Readable links", owner: "mia", agents: showcaseAgents },
  });
  const { roomId, invites, token } = made.json;
  const path = `/api/rooms/${roomId}`;
  await joinByLink(page, { url, code: invites.approver, name: "Jonas" });
  const say = (body: string) => api.call("POST", `${path}/messages`, { token, body: { body } });
  const gates = async () => (await api.call("GET", `${path}/gates`, { token })).json.gates.length as number;
  await say("Links like `/r/k3v9x0q2m1` say nothing to anybody. Let us do something about it.");
  await say("@planner we want readable links, please make a plan");
  await eventually(gates, (count) => count === 2);
  await say("@tracer find out why opening a room is slow");
  await say("@coder please publish the branch once it is approved");
  await eventually(gates, (count) => count === 3);
  await page.locator(".work-now", { hasText: "on a branch of my own" }).waitFor();
}

async function shootRoom(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Show: Held message from reviewer" }).click();
  await shoot(page, "room");
  await page.getByRole("button", { name: "Show: Permission from coder" }).click();
  await shoot(page, "permission");
  await page.getByRole("button", { name: "Show: Question from planner" }).click();
  await page.getByRole("button", { name: "Both work" }).click();
  await page.getByText("jonas answered planner").waitFor();
  await page.getByText("Settled: Both work").waitFor();
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByLabel("Text that will be sent").waitFor();
  await shoot(page, "edit");
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("region", { name: "Messages" }).focus();
  await shootDialogs(page);
}

async function shootDialogs(page: Page): Promise<void> {
  const dialog = page.getByRole("dialog");
  const put = async () => {
    await dialog.getByRole("button", { name: "Close" }).click();
    await dialog.waitFor({ state: "detached" });
  };
  await page.keyboard.press("p");
  await dialog
    .getByRole("button", { name: /turn of coder/ })
    .first()
    .waitFor();
  await shoot(page, "pictures");
  await put();
  await page.keyboard.press("/");
  await page.getByLabel("Words to look for").fill("slug");
  await page.keyboard.press("Enter");
  await page.getByText(/the newest first/).waitFor();
  await shoot(page, "search");
  await put();
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keyboard" }).waitFor();
  await shoot(page, "help");
  await put();
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByLabel("More").click();
  await page.getByRole("button", { name: "Manage" }).click();
  await page.getByRole("button", { name: "Revoke" }).first().waitFor();
  await shoot(page, "manage");
}

const server = await startWebServer();
const browser = await launchBrowser();
try {
  await mkdir(images, { recursive: true });
  const { page } = await openPerson(browser, { origin: server.url });
  await page.goto(server.url);
  await page.getByLabel("Invite code").waitFor();
  await shoot(page, "join");
  await page.setViewportSize({ width: 1280, height: 800 });
  await prepareRoom(server, page);
  await shootRoom(page);
} finally {
  await browser.close();
  await server.stop();
}
