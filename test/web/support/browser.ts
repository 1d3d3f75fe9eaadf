import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { findChromium } from "../../support/programs.js";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("no chromium on PATH");
  return await chromium.launch({ executablePath, args: flags });
}

/** Forbidden actions of a page. */
export interface Watched {
  page: Page;
  /** Requests to any address but the server's. */
  foreign: string[];
  dialogs: string[];
  errors: string[];
}

/** A page of a person of their own: own cookies, own storage. */
export async function openPerson(
  browser: Browser,
  { origin, ...options }: { origin: string } & BrowserContextOptions,
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const watched: Watched = { page, foreign: [], dialogs: [], errors: [] };
  context.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith("data:"))
      watched.foreign.push(request.url());
  });
  page.on("dialog", (dialog) => {
    watched.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  page.on("pageerror", (error) => watched.errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") watched.errors.push(message.text());
  });
  return watched;
}

/** Closes the pages of all people. */
export async function closePages(browser: Browser): Promise<void> {
  await Promise.all(browser.contexts().map((context) => context.close()));
}

/** Opens an invite link and joins under that name. */
export async function joinByLink(page: Page, { url, code, name }: { url: string; code: string; name: string }) {
  await page.goto(`${url}/#${code}`);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: /^Join/ }).click();
  await page.getByRole("log").waitFor();
}

const axeSource = () => readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Findings of axe-core, a line per violation and place. Injected over the debugger's connection, because the page's policy blocks scripts. */
export async function axeViolations(page: Page, { only }: { only?: readonly string[] } = {}): Promise<string[]> {
  await page.evaluate(`if (!globalThis.axe) { ${axeSource()} }`);
  const options = { resultTypes: ["violations"], ...(only && { runOnly: { type: "rule", values: only } }) };
  return page.evaluate<string[]>(`axe.run(document, ${JSON.stringify(options)}).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target, html }) => id + ": " + target.join(" ") + " " + html)))`);
}

/** Pixels the page is wider than its window. */
export function overflowPx(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}
