import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { type CreatedRoom, call } from "../support/parley-client.js";
import { startParley } from "../support/parley-process.js";
import { findChromium } from "../support/programs.js";
import { joinByLink, launchBrowser, openPerson } from "../web/support/browser.js";
import { appendHistory } from "./history.js";
import { median, quantile, type Row, short } from "./statistics.js";

const history = 1_000;
const rounds = 10;

/** Notes when the first message is on the page, and then when that has been painted. */
const watchFirstMessage = `
  const observer = new MutationObserver(() => {
    if (!document.querySelector(".message")) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.firstMessageMs = performance.now(); }));
  });
  observer.observe(document, { subtree: true, childList: true });
`;

const firstMessageMs = `new Promise((done) => {
  const look = () => (window.firstMessageMs === undefined ? setTimeout(look, 5) : done(window.firstMessageMs));
  look();
})`;

/** From the request for the page to the first message in sight, in Chromium with an empty cache. */
export async function firstPaintRows(): Promise<Row[]> {
  const what = `a room of ${history.toLocaleString("en")} messages opened: first message painted`;
  if (findChromium() === undefined) return [{ id: "FP", what, result: "not run: no chromium on PATH" }];
  const dataDir = await mkdtemp(join(tmpdir(), "parley-bench-"));
  try {
    const ms = await paintTimes(dataDir);
    const result = `p50 ${short(median(ms))} ms, p90 ${short(quantile(ms, 0.9))} ms`;
    return [{ id: "FP", what, result, aim: "≤ 1,000 ms", met: median(ms) <= 1_000 }];
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function paintTimes(dataDir: string): Promise<number[]> {
  const room = await prepareRoom(dataDir);
  const server = await startParley({ dataDir });
  const browser = await launchBrowser();
  try {
    const { page } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code: room.invites.viewer, name: "Vic" });
    await page.addInitScript(watchFirstMessage);
    const devTools = await page.context().newCDPSession(page);
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await page.goto("about:blank");
      await devTools.send("Network.clearBrowserCache");
      await page.goto(`${server.url}/r/${room.roomId}`);
      times.push(await page.evaluate<number>(firstMessageMs));
    }
    return times;
  } finally {
    await browser.close();
    await server.kill("SIGTERM");
  }
}

async function prepareRoom(dataDir: string): Promise<CreatedRoom> {
  const server = await startParley({ dataDir });
  const body = { name: "bench", owner: "mia" };
  const made = await call<CreatedRoom>(`${server.url}/api/rooms`, { token: server.adminToken, body });
  await server.kill("SIGTERM");
  const { roomId } = made.body;
  const { eventLog, close } = await openLmdb({ dir: dataDir, log: createMemoryLogger() });
  const from = await eventLog.head(`room/${roomId}`);
  const bodyOf = (at: number) => `message ${at} with **some** \`code\` in it\n\n- one\n- two`;
  await appendHistory(eventLog, roomId, { commits: history, from: from ?? { version: 0, id: "" }, bodyOf });
  await close();
  return made.body;
}
