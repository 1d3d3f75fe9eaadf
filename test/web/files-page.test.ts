import { deflateSync } from "node:zlib";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { pngOf } from "../../src/http/png.js";
import { needsChromium } from "../support/require.js";
import { axeViolations, joinByLink, openPerson, overflowPx, type Watched } from "./support/browser.js";
import { makeWebRoom, type WebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

const png = Buffer.from(pngOf({ width: 40, height: 30, palette: [[200, 30, 30]], pixels: new Uint8Array(1_200) }));
const text = (name: string, content: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(content) });

async function enter(width = 1_280): Promise<Watched & { room: WebRoom }> {
  const room = await makeWebRoom(server, { agents: [{ name: "coder", script: [] }] });
  const watched = await openPerson(browser, { origin: server.url, viewport: { width, height: 800 } });
  await joinByLink(watched.page, { url: server.url, code: room.invites.member, name: "mia" });
  return { ...watched, room };
}

const chosen = (page: Page) => page.getByRole("list", { name: "Files of this message" }).getByRole("listitem");
const picker = (page: Page) => page.locator('.composer input[type="file"]');

/** Hands the page a file as a drop or a paste does. */
async function hand(page: Page, kind: "drop" | "paste", name: string): Promise<void> {
  const event =
    kind === "drop"
      ? 'new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer })'
      : 'new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: transfer })';
  await page.evaluate(`{
    const transfer = new DataTransfer();
    transfer.items.add(new File(["handed over"], ${JSON.stringify(name)}, { type: "text/plain" }));
    document.querySelector("#compose").dispatchEvent(${event});
  }`);
}

needsChromium()("files on the page", () => {
  useStage();

  test("are chosen, dropped and pasted, sent together, and shown as images and chips", async () => {
    const { page, room, errors, foreign } = await enter();
    await picker(page).setInputFiles([{ name: "shot.png", mimeType: "image/png", buffer: png }, text("a.txt", "one")]);
    await hand(page, "drop", "dropped.txt");
    await hand(page, "paste", "pasted.txt");
    await expect.poll(() => chosen(page).count()).toBe(4);
    await page.getByLabel("Your message").fill("look at these");
    await expect.poll(() => page.locator(".upload-stored").count(), { timeout: 30_000 }).toBe(4);
    await page.getByRole("button", { name: "Send" }).click();
    const posted = await room.untilEvent("message.posted");
    const names = (posted.attachments as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(["shot.png", "a.txt", "dropped.txt", "pasted.txt"]);
    const image = page.getByRole("img", { name: "shot.png" });
    await image.waitFor();
    await expect
      .poll(() => image.evaluate((shown) => (shown as unknown as { naturalWidth: number }).naturalWidth))
      .toBe(40);
    const saved = page.waitForEvent("download");
    await page.getByRole("link", { name: /^Save a\.txt/ }).click();
    expect((await saved).suggestedFilename()).toBe("a.txt");
    expect(await chosen(page).count()).toBe(0);
    expect([errors, foreign]).toEqual([[], []]);
  });

  test("go without a text, by keyboard alone, and can be taken away before", async () => {
    const { page, room } = await enter();
    await picker(page).setInputFiles([text("away.txt", "x"), text("kept.txt", "y")]);
    await expect.poll(() => page.locator(".upload-stored").count(), { timeout: 30_000 }).toBe(2);
    await page.getByRole("button", { name: "Remove away.txt" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => chosen(page).count()).toBe(1);
    await page.getByLabel("Your message").focus();
    await page.keyboard.press("Enter");
    const posted = await room.untilEvent("message.posted");
    expect(posted).toMatchObject({ body: "kept.txt", attachments: [{ name: "kept.txt" }] });
    const button = page.getByRole("button", { name: "Attach files" });
    const opened = page.waitForEvent("filechooser");
    await button.focus();
    await page.keyboard.press("Enter");
    expect((await opened).isMultiple()).toBe(true);
  });

  test("that are refused say why, and the message waits for those that are not there", async () => {
    const { page } = await enter();
    const huge = Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x23\x28\0\0\x23\x28", "latin1");
    await picker(page).setInputFiles([{ name: "huge.png", mimeType: "image/png", buffer: huge }]);
    await page.getByText(/9000 x 9000 pixels/).waitFor();
    await page.getByLabel("Your message").fill("see");
    await page.keyboard.press("Enter");
    await page.getByText(/Some files are not there yet/).waitFor();
    await page.getByRole("button", { name: "Remove huge.png" }).click();
    await expect.poll(() => chosen(page).count()).toBe(0);
  });

  test("of hostile content and name run nothing and stretch nothing, at 360 px too", async () => {
    const { page, errors, dialogs } = await enter(360);
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>';
    await picker(page).setInputFiles([
      { name: '<img src=x onerror="alert(3)">.svg', mimeType: "image/svg+xml", buffer: Buffer.from(svg) },
      { name: "page.html", mimeType: "text/html", buffer: Buffer.from("<script>alert(4)</script>") },
      { name: `${"long".repeat(40)}.txt`, mimeType: "text/plain", buffer: Buffer.from("x") },
      { name: "a\u202egnp.exe", mimeType: "image/png", buffer: deflateSync("no image") },
      { name: "shot.png", mimeType: "image/png", buffer: png },
    ]);
    await expect.poll(() => page.locator(".upload-stored").count(), { timeout: 30_000 }).toBe(5);
    expect(await overflowPx(page)).toBe(0);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("img", { name: "shot.png" }).waitFor();
    expect(await page.locator(".file-chip").count()).toBe(4);
    expect(await page.locator(".file-image").count()).toBe(1);
    expect(await overflowPx(page)).toBe(0);
    expect(await axeViolations(page)).toEqual([]);
    const url = await page.locator(".file-chip").nth(1).getAttribute("href");
    const opened = await page.context().newPage();
    const loading = await opened.goto(server.url + url).catch((error: Error) => error.message);
    expect(String(loading)).toContain("Download is starting");
    expect([errors, dialogs]).toEqual([[], []]);
  });
});
