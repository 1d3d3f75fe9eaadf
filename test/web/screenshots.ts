import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { readCommand } from "../support/command-options.js";
import { launchBrowser, openPerson } from "./support/browser.js";
import { startWebServer } from "./support/server.js";
import { createHurryingClock, visitViews } from "./support/views.js";

/** Writes docs/images/web/<view>-<width>-<theme>.webp: every view of the page at three widths in both themes, from a room at work. */

const { words } = readCommand({
  command: "npx tsx test/web/screenshots.ts",
  words: { shown: "folder format", atMost: 2 },
});
const [images = fileURLToPath(new URL("../../docs/images/web", import.meta.url)), format = "webp"] = words;
const sizes = [
  [1280, 800],
  [768, 1024],
  [360, 740],
] as const;
const themes = ["light", "dark"] as const;

/** Views that are drawn, and scrolled to their newest end, for the width they are opened at; which picture to choose in them. */
const drawnOnOpening: Readonly<Record<string, string | undefined>> = { lanes: undefined, cost: "Cost and tokens" };

async function reopenPictures(page: Page, choice: string | undefined): Promise<void> {
  const dialog = page.getByRole("dialog");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.getByLabel("More").click();
  await page.getByRole("button", { name: "Pictures", exact: true }).click();
  await dialog.locator("[data-mark]").first().waitFor();
  if (choice !== undefined) await dialog.getByRole("button", { name: choice }).click();
}

async function shoot(page: Page, view: string): Promise<void> {
  const devTools = await page.context().newCDPSession(page);
  for (const [width, height] of sizes) {
    for (const colorScheme of themes) {
      await page.setViewportSize({ width, height });
      if (view in drawnOnOpening) await reopenPictures(page, drawnOnOpening[view]);
      await page.mouse.move(0, 0);
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      // Two frames, so that sizes have settled and the list has been put back to its end.
      await page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100))))",
      );
      const { data } = await devTools.send("Page.captureScreenshot", {
        format: format === "png" ? "png" : "webp",
        ...(format !== "png" && { quality: 82 }),
      });
      await writeFile(join(images, `${view}-${width}-${colorScheme}.${format}`), Buffer.from(data, "base64"));
    }
  }
  await devTools.detach();
}

const clock = createHurryingClock();
const server = await startWebServer({ clock });
const browser = await launchBrowser();
try {
  await mkdir(images, { recursive: true });
  const { page } = await openPerson(browser, { origin: server.url });
  await visitViews({ server, page, hurry: clock.hurry }, (view) => shoot(page, view));
} finally {
  await browser.close();
  await server.stop();
}
