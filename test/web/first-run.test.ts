import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { cloneBuilt, type FirstRun, npmStart, seconds, whyNoClone } from "../support/first-run.js";
import { needsChromium } from "../support/require.js";
import { axeViolations, closePages, launchBrowser, openPerson, overflowPx } from "./support/browser.js";

/** On the page it is 2 to 3 s, a browser's start included; a busy machine may take longer. */
const maxFirstMessageMs = 20_000;
const stepTimeoutMs = 60_000;

const missing = whyNoClone();
const needsHistory = missing === undefined ? describe : describe.skip;

needsHistory(`the first run${missing === undefined ? "" : ` [skipped: ${missing}]`}`, () => {
  needsChromium()("in a browser", () => {
    let folder: string;
    let browser: Browser;
    let starts = 0;
    let running: FirstRun | undefined;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "parley-first-page-"));
      [browser] = await Promise.all([launchBrowser(), cloneBuilt(join(folder, "parley"))]);
    }, stepTimeoutMs * 3);
    afterEach(async () => {
      await closePages(browser);
      await running?.stop();
      running = undefined;
    }, stepTimeoutMs);
    afterAll(async () => {
      await browser?.close();
      await rm(folder, { recursive: true, force: true });
    });

    test.each([
      [360, 740],
      [1280, 800],
    ])(
      "at %i px the link opens the demo room, and an agent has spoken",
      async (width, height) => {
        starts += 1;
        const dataDir = join(folder, `data-${starts}`);
        running = await npmStart({ cwd: join(folder, "parley"), dataDir, timeoutMs: stepTimeoutMs });
        const { url, code, readyAt } = running;
        const watched = await openPerson(browser, { origin: url, viewport: { width, height } });
        const { page } = watched;
        await page.goto(`${url}/#${code}`);
        await page.getByRole("log").getByRole("article").first().waitFor();
        const firstMessageMs = performance.now() - readyAt;
        console.log(`${width} px: first message on the page ${seconds(firstMessageMs)} after the address`);
        expect(firstMessageMs).toBeLessThan(maxFirstMessageMs);
        expect(await axeViolations(page)).toEqual([]);
        expect(await overflowPx(page)).toBe(0);
        expect([watched.errors, watched.foreign, watched.dialogs]).toEqual([[], [], []]);
      },
      stepTimeoutMs * 2,
    );
  });
});
