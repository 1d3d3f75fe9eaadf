import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openRoom, waitForText } from "../../contract/chat-steps.js";
import { readCommand } from "../../support/command-options.js";
import { launchBrowser } from "../../web/support/browser.js";
import { behindDriver, createSlackProcessDriver } from "./process-driver.js";

/** Writes docs/images/slack-*.png: a thread of a room at work, as the emulator's page draws it. */
const { words } = readCommand({
  command: "npx tsx test/adapters/slack/screenshots.ts",
  words: { shown: "folder", atMost: 1 },
});
const images = words[0] ?? fileURLToPath(new URL("../../../docs/images", import.meta.url));
await mkdir(images, { recursive: true });

const driver = await createSlackProcessDriver("socket", { env: { PARLEY_SKILLS_DIR: "" } })({ seed: 1 });
const { owner, approver } = driver.people;
const browser = await launchBrowser();
const page = await browser.newPage({ viewport: { width: 1280, height: 1300 }, deviceScaleFactor: 1 });

const place = await openRoom(driver, { name: "json-flag", agents: "planner, coder, reviewer" });
const { slack, parley } = behindDriver(driver);
const roomId = String(slack.people.thread(place.channel, place.thread)[0]?.metadata?.event_payload.key).split("/")[0];
await fetch(`${parley()?.url}/api/rooms/${roomId}/agents/coder`, {
  method: "PATCH",
  headers: { authorization: `Bearer ${parley()?.adminToken}`, "content-type": "application/json" },
  body: JSON.stringify({ gate: "first" }),
});
await driver.act({ user: owner, ...place, say: "@planner please add a --json flag to the report command" });
await waitForText(driver, place, "coder asks");
await page.goto(`${slack.url}/#channel=${place.channel}&thread=${place.thread}`);
await page.locator("#replies li").first().waitFor();
await page.locator("#thread").screenshot({ path: join(images, "slack-question.png") });
await driver.act({ user: owner, ...place, press: "An empty list: []", on: "coder asks" });
await waitForText(driver, place, "coder wants to say");
await page.waitForTimeout(1_500);
await page.locator("#thread").screenshot({ path: join(images, "slack-held.png") });
await driver.act({ user: approver, ...place, press: "Approve", on: "coder wants to say" });
await waitForText(driver, place, "reviewer");
await page.waitForTimeout(8_000);
await page.locator("#thread").screenshot({ path: join(images, "slack-decided.png") });
await browser.close();
await driver.stop();
