import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type CreatedRoom, exportEvents } from "../support/parley-client.js";
import { needsChromium } from "../support/require.js";
import { closePages, joinByLink, launchBrowser, openPerson } from "./support/browser.js";
import { type RealServer, startRealServer } from "./support/real-server.js";
import { bodiesOn } from "./support/rooms.js";

const agents = [{ name: "coder", runtime: "scripted", script: [{ match: "^say (.*)", reply: "@room {1}" }] }];

needsChromium()("an open page whose server or network goes away", () => {
  let server: RealServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startRealServer(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });
  afterEach(() => closePages(browser));

  async function enter(): Promise<{ room: CreatedRoom; page: Page; errors: string[] }> {
    const room = await server.makeRoom(agents);
    const { page, errors } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code: room.invites.member, name: "Jo" });
    await live(page);
    return { room, page, errors };
  }
  const live = (page: Page) => page.getByText("Live", { exact: true }).waitFor({ timeout: 30_000 });
  const isLive = (page: Page) => page.getByText("Live", { exact: true }).isVisible();
  const write = async (page: Page, text: string) => {
    await page.getByRole("textbox", { name: "Your message" }).fill(text);
    await page.keyboard.press("Enter");
  };
  /** Once each, in the order of the log. */
  async function showsTheLog(page: Page, room: CreatedRoom, wanted: string[]): Promise<void> {
    await expect.poll(() => bodiesOn(page), { timeout: 30_000 }).toEqual(wanted);
    await expect.poll(() => page.locator(".pending").count(), { timeout: 30_000 }).toBe(0);
    expect(await bodiesOn(page)).toEqual(wanted);
    const events = await exportEvents(server.url, room.roomId, room.token);
    expect(events.filter(({ type }) => type === "message.posted").map(({ body }) => body)).toEqual(wanted);
  }

  test("killed with -9: the page says so, keeps typed text, and recovers by itself with everything once", async () => {
    const { room, page } = await enter();
    await server.say(room, "before");
    await page.getByText("before", { exact: true }).waitFor();
    await server.kill();
    await page.getByText(/^Connection lost/).waitFor();
    await write(page, "written while it was down");
    await page.locator(".pending", { hasText: "Sent as soon as the connection is back" }).waitFor();
    expect(await isLive(page)).toBe(false);
    expect(await page.locator(".pending", { hasText: "written while it was down" }).count()).toBe(1);
    await server.restart();
    await live(page);
    await page.locator(".pending").waitFor({ state: "detached", timeout: 30_000 });
    await server.say(room, "@coder say after");
    await page.getByText("after", { exact: true }).waitFor({ timeout: 30_000 });
    await showsTheLog(page, room, ["before", "written while it was down", "say after", "after"]);
  });

  test("killed again and again while two people write: nothing is lost, nothing is there twice", async () => {
    const { room, page } = await enter();
    for (let round = 1; round <= 2; round += 1) {
      await write(page, `Jo ${round}`);
      const said = server.say(room, `Mia ${round}`);
      await server.kill();
      await server.restart();
      await said;
    }
    await live(page);
    await expect.poll(() => page.locator(".pending").count(), { timeout: 30_000 }).toBe(0);
    const bodies = await bodiesOn(page);
    expect([...bodies].sort()).toEqual(["Jo 1", "Jo 2", "Mia 1", "Mia 2"]);
    await showsTheLog(page, room, bodies);
  });

  test("offline and back: the page says it is offline, and continues exactly at its position", async () => {
    const { room, page } = await enter();
    await server.say(room, "before");
    await page.getByText("before", { exact: true }).waitFor();
    await page.context().setOffline(true);
    await page.getByText(/^Offline for/).waitFor();
    await server.say(room, "while away 1");
    await write(page, "from a tunnel");
    await server.say(room, "while away 2");
    await page.locator(".pending", { hasText: "Sent as soon as the connection is back" }).waitFor();
    expect(await bodiesOn(page)).toEqual(["before", "from a tunnel"]);
    await page.context().setOffline(false);
    await live(page);
    await page.locator(".pending").waitFor({ state: "detached" });
    await showsTheLog(page, room, ["before", "while away 1", "while away 2", "from a tunnel"]);
  });

  test("messages written offline outlive the page, with the draft, and arrive once and in order", async () => {
    const { room, page } = await enter();
    await page.context().setOffline(true);
    await page.getByText(/^Offline for/).waitFor();
    for (const text of ["from a tunnel 1", "from a tunnel 2"]) await write(page, text);
    await page.getByRole("textbox", { name: "Your message" }).fill("half a sen");
    await expect(page.reload()).rejects.toThrow("ERR_INTERNET_DISCONNECTED");
    await page.context().setOffline(false);
    await page.reload();
    await page.getByText("from a tunnel 2", { exact: true }).waitFor();
    await showsTheLog(page, room, ["from a tunnel 1", "from a tunnel 2"]);
    await expect.poll(() => page.getByRole("textbox", { name: "Your message" }).inputValue()).toBe("half a sen");
    await page.reload();
    await live(page);
    await showsTheLog(page, room, ["from a tunnel 1", "from a tunnel 2"]);
  });

  test("a message whose answer was lost before a reload is sent again under its key and appears once", async () => {
    const { room, page } = await enter();
    await page.route("**/messages", async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      await route.fetch();
      await route.abort("connectionreset");
    });
    await page.context().route("**/events*", (route) => route.abort());
    await page.reload();
    await page.getByText(/^Connection lost/).waitFor();
    await write(page, "only once");
    await page.locator(".pending", { hasText: "Sent as soon as the connection is back" }).waitFor();
    await page.context().unroute("**/events*");
    await page.unrouteAll({ behavior: "wait" });
    await page.reload();
    await live(page);
    await showsTheLog(page, room, ["only once"]);
  });

  test("a server that does not answer any more is not called live, though its stream was never closed", async () => {
    const { room, page } = await enter();
    const ofRoom = `**/api/rooms/${room.roomId}*`;
    const ofStream = `**/api/rooms/${room.roomId}/events*`;
    await page.route(ofRoom, (route) => route.abort("timedout"));
    await page.route(ofStream, (route) => route.abort("timedout"));
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.getByText(/^Connection lost/).waitFor();
    await page.unroute(ofRoom);
    await page.unroute(ofStream);
    await live(page);
    await server.say(room, "still here");
    await page.getByText("still here", { exact: true }).waitFor();
  });
});
