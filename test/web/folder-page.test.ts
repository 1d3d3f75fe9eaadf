import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MemoryFile } from "../../adapters/memory/tar.js";
import type { MemoryWorkspace } from "../../adapters/memory/workspaces.js";
import { createScriptedAgents } from "../../adapters/scripted/agents.js";
import { everyAgentsWork } from "../support/every-agents-work.js";
import { needsChromium } from "../support/require.js";
import { sha256 } from "../support/sha256.js";
import { realClock } from "../support/stub-clock.js";
import { axeViolations, joinByLink, openPerson, overflowPx } from "./support/browser.js";
import { makeWebRoom } from "./support/rooms.js";
import { startWebServer, type WebServer } from "./support/server.js";
import { browser, useStage } from "./support/stage.js";

const bytes = (text: string) => new TextEncoder().encode(text);
const source = [
  "// Adds two numbers.",
  "export function add(a: number, b: number): number {",
  "  return a + b;",
  "}",
  "",
];

function workOf(name: string): MemoryWorkspace {
  const many = Array.from({ length: 1_200 }, (_, at): [string, MemoryFile] => [
    `many/file-${String(at).padStart(4, "0")}.txt`,
    bytes("x"),
  ]);
  const readme = bytes(`# ${name}\n`);
  const files = new Map<string, MemoryFile>([
    ["README.md", readme],
    ["src/add.ts", bytes(source.join("\n"))],
    ["src/deep/logo.png", new Uint8Array([0, 1, 2])],
    ["out\u202etxt", bytes("hidden direction")],
    ["way-out", { linkTo: "/etc/passwd" }],
    ...many,
  ]);
  const diff = `diff --git a/README.md b/README.md\n--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-# Read me\n+# ${name}\n`;
  return {
    files,
    git: { changes: [{ path: "README.md", change: "modified" }], diffs: new Map([["README.md", diff]]) },
  };
}

needsChromium()("the work folder of an agent on the page", () => {
  useStage();
  let server: WebServer;
  beforeAll(async () => {
    const scripted = createScriptedAgents({ clock: realClock, sha256 });
    const runtimes = { scripted, "claude-code": scripted };
    server = await startWebServer({ given: { runtimes, workspaces: everyAgentsWork(workOf) } });
  });
  afterAll(() => server?.stop());

  async function enter({ width = 1_280, as = "member" }: { width?: number; as?: "member" | "viewer" } = {}) {
    const agents = ["coder", "tester"].map((name) => ({ name, runtime: "claude-code" }));
    const room = await makeWebRoom(server, { agents });
    const watched = await openPerson(browser, { origin: server.url, viewport: { width, height: 800 } });
    await joinByLink(watched.page, { url: server.url, code: room.invites[as], name: "mia" });
    return watched;
  }

  async function open(page: Page) {
    if ((page.viewportSize()?.width ?? 0) < 752) await page.locator(".roster summary").first().click();
    await page.getByRole("button", { name: "Files of coder" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "README.md" }).waitFor();
    return dialog;
  }

  test("is walked through by keyboard, and shows files in colours", async () => {
    const { page, errors, foreign } = await enter();
    const dialog = await open(page);
    await dialog.getByRole("button", { name: "src/" }).focus();
    await page.keyboard.press("Enter");
    await dialog.getByRole("button", { name: "add.ts" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => dialog.locator(".hljs-keyword").count()).toBeGreaterThan(0);
    await dialog.getByRole("button", { name: "deep/" }).click();
    await dialog.getByRole("button", { name: "logo.png" }).click();
    await dialog.getByText("This file is not text").waitFor();
    await dialog.getByRole("navigation").getByRole("button", { name: "work folder" }).click();
    expect(await dialog.getByRole("button", { name: "way-out" }).isDisabled()).toBe(true);
    expect(await dialog.locator(".unseen").count()).toBe(1);
    expect(await axeViolations(page)).toEqual([]);
    expect([errors, foreign]).toEqual([[], []]);
  });

  test("shows a large folder page by page", async () => {
    const { page } = await enter();
    const dialog = await open(page);
    await dialog.getByRole("button", { name: "many/" }).click();
    await expect.poll(() => dialog.locator(".folder-entry").count()).toBe(1_000);
    await dialog.getByRole("button", { name: "Show more" }).click();
    await expect.poll(() => dialog.locator(".folder-entry").count()).toBe(1_200);
    expect(await dialog.getByRole("button", { name: "Show more" }).count()).toBe(0);
  });

  test("shows what changed, compares two agents, and is downloaded", async () => {
    const { page } = await enter();
    const dialog = await open(page);
    await dialog.getByRole("button", { name: "Changes" }).click();
    await dialog.getByText("+# coder").waitFor();
    await dialog.getByText("Not committed: 1").waitFor();
    await dialog.getByLabel("Compare with").selectOption("tester");
    await dialog.getByText("+# tester").waitFor();
    expect(await dialog.getByText("-# coder").count()).toBe(1);
    const saved = page.waitForEvent("download");
    await dialog.getByRole("link", { name: "Download" }).click();
    expect((await saved).suggestedFilename()).toMatch(/^[0-9a-z]{10}-coder\.tar$/);
  });

  test.each([360, 768, 1_440])("fits a page of %i pixels in light and dark", async (width) => {
    const { page } = await enter({ width });
    const dialog = await open(page);
    const shots = process.env.PARLEY_FOLDER_SHOTS;
    const shoot = async (view: string) => {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        if (shots !== undefined)
          await writeFile(join(shots, `${view}-${width}-${colorScheme}.png`), await page.screenshot());
      }
      expect(await overflowPx(page)).toBe(0);
      expect(await axeViolations(page)).toEqual([]);
    };
    await shoot("tree");
    await dialog.getByRole("button", { name: "src/" }).click();
    await dialog.getByRole("button", { name: "add.ts" }).click();
    await dialog.getByText("Adds two numbers").waitFor();
    await shoot("file");
    await dialog.getByRole("button", { name: "Changes" }).click();
    await dialog.getByText("+# coder").waitFor();
    await shoot("changes");
  });

  test("is not offered to viewers", async () => {
    const { page } = await enter({ as: "viewer" });
    await page.getByText("coder").first().waitFor();
    expect(await page.getByRole("button", { name: "Files of coder" }).count()).toBe(0);
  });
});
