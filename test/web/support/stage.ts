import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { closePages, launchBrowser } from "./browser.js";
import { startWebServer, type WebServer } from "./server.js";

/** The shared stage of a file's tests; ready before its first test runs. */
export let server: WebServer;
export let browser: Browser;

/** A server and a browser for the tests of a `describe`. Everybody leaves after each test, unless they are to stay. */
export function useStage({ peopleStay = false } = {}): void {
  beforeAll(async () => {
    [server, browser] = await Promise.all([startWebServer(), launchBrowser()]);
  });
  if (!peopleStay) afterEach(() => closePages(browser));
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });
}
