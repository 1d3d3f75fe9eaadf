import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { PersonRole } from "../../src/core/room/event.js";
import { needsChromium } from "../support/require.js";
import { joinByLink, openPerson } from "./support/browser.js";
import { bodiesOn, makeWebRoom, type WebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

const agents = [
  {
    name: "coder",
    script: [
      {
        match: "^hang",
        stream: true,
        work: [{ tool: "Bash", input: { command: "npm test" }, ms: 50 }],
        reply: "I am thinking about it.",
        fail: "hang" as const,
      },
      { match: "^fail", fail: "error" as const },
      { match: "^bounce", reply: "@nobody: hello" },
      { match: "^say (.*)", reply: "@room {1}" },
    ],
  },
  { name: "reviewer", script: [] },
];

needsChromium()("a room on the page", () => {
  useStage();

  async function enter(role: PersonRole = "member", size = { width: 1280, height: 800 }) {
    const room = await makeWebRoom(server, { agents });
    const code = role === "owner" ? (await room.call("POST", "/invites", { role })).json.code : room.invites[role];
    const watched = await openPerson(browser, { origin: server.url, viewport: size });
    await joinByLink(watched.page, { url: server.url, code, name: "Mia" });
    await watched.page.getByText("Live", { exact: true }).waitFor();
    return { room, ...watched };
  }
  const box = (page: Page) => page.getByRole("textbox", { name: "Your message" });
  const scrollTop = (page: Page) => page.evaluate<number>("document.querySelector('#messages').scrollTop");

  async function fill(room: WebRoom, count: number): Promise<void> {
    for (let at = 1; at <= count; at += 1) await room.say(`message ${at}`);
  }

  test("shows what happens as it happens: messages, who to whom, delivery, quiet lines", async () => {
    const { room, page, errors } = await enter();
    await room.say("@coder say done");
    const own = page.locator(".group", { hasText: "say done" });
    await own.getByRole("img", { name: "Delivery: coder: done" }).waitFor();
    const reply = page.locator(".group", { has: page.getByText("done", { exact: true }) });
    expect(await reply.innerText()).toContain("→ room");
    await room.say("@coder bounce");
    await page.getByText("A message of coder reached nobody").waitFor();
    await room.say("@coder fail");
    await page.getByText("coder failed").waitFor();
    await room.call("POST", "/pause", {});
    await page.getByText("The room was paused").waitFor();
    expect(await page.getByText("Paused", { exact: true }).count()).toBe(1);
    await page.getByText("mia joined as member").waitFor();
    expect(errors).toEqual([]);
  });

  test("shows an agent's text and tools while it works, also to a late viewer", async () => {
    const { room, page } = await enter("approver");
    await room.say("@coder hang");
    await page.locator(".work-now", { hasText: "I am thinking about it." }).waitFor();
    await page.reload();
    await page.locator(".work-item summary").click();
    expect(await page.getByLabel("What coder is writing").innerText()).toBe("I am thinking about it.");
    await page
      .locator(".person", { hasText: "coder" })
      .getByText(/^working for/)
      .waitFor();
    await page.locator(".person", { hasText: "coder" }).hover();
    await page.getByRole("button", { name: "Interrupt coder" }).click();
    await page.getByText("coder was stopped by mia").waitFor();
    expect(await page.locator(".work-item").count()).toBe(0);
  });

  test("a message goes into the running turn on request", async () => {
    const { room, page } = await enter();
    await room.say("@coder hang");
    await page.locator(".work-item").waitFor();
    const steer = page.getByLabel("Into the running turn of coder");
    await box(page).fill("for everybody");
    expect(await steer.count()).toBe(0);
    await box(page).fill("@coder look at the log first");
    await steer.check();
    await box(page).press("Enter");
    await page.locator(".group", { hasText: "look at the log first" }).getByText("into the running turn").waitFor();
    expect(await room.untilEvent("message.posted", ({ from }) => from === "mia")).toMatchObject({ class: "interrupt" });
    await box(page).fill("@coder and then this");
    expect(await steer.isChecked()).toBe(false);
  });

  test("writes: a name is completed, Shift+Enter breaks the line, Enter sends", async () => {
    const { room, page } = await enter();
    await box(page).pressSequentially("@co");
    await page.getByRole("option", { name: "@coder" }).waitFor();
    await page.keyboard.press("Enter");
    expect(await box(page).inputValue()).toBe("@coder ");
    await box(page).pressSequentially("first");
    await page.keyboard.press("Shift+Enter");
    await box(page).pressSequentially("second");
    await page.keyboard.press("Enter");
    expect(await box(page).inputValue()).toBe("");
    const event = await room.untilEvent("message.posted");
    expect(event).toMatchObject({ from: "mia", to: ["coder"], body: "first\nsecond" });
    await page.getByRole("img", { name: "Delivery: coder: done" }).waitFor();
    expect(await bodiesOn(page)).toEqual(["first\nsecond"]);
  });

  test("a message that cannot be sent says why, comes back on request and goes away on request", async () => {
    const { page } = await enter();
    await box(page).fill("@bob: are you there?");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("@bob").waitFor();
    await page.getByRole("button", { name: "Discard" }).click();
    expect(await bodiesOn(page)).toEqual([]);
    await box(page).fill("é".repeat(16_385));
    await page.keyboard.press("Enter");
    await page.getByText("Too long by 1 KiB").waitFor();
    expect((await box(page).inputValue()).length).toBe(16_385);
  });

  test("a message whose answer is lost is sent again under the same key and appears once", async () => {
    const { room, page } = await enter();
    const keys: (string | undefined)[] = [];
    await page.route("**/messages", async (route) => {
      keys.push(route.request().headers()["idempotency-key"]);
      // The first one does not arrive; the second one arrives, its answer does not.
      if (keys.length === 2) await route.fetch();
      await route.abort("connectionreset");
    });
    await box(page).fill("only once");
    await page.keyboard.press("Enter");
    await page.locator(".pending").waitFor();
    await expect.poll(() => page.locator(".pending").count(), { timeout: 30_000 }).toBe(0);
    expect(keys).toEqual([keys[0], keys[0]]);
    expect(await bodiesOn(page)).toEqual(["only once"]);
    const { messages } = (await room.call("GET", "/messages")).json;
    expect(messages).toHaveLength(1);
  });

  test("shows a lost connection, and continues exactly at its position", async () => {
    const { room, page } = await enter();
    await room.say("before");
    await page.getByText("before").waitFor();
    await server.disconnect();
    await page.getByText(/^Connection lost/).waitFor();
    for (const body of ["while away 1", "while away 2"]) await room.say(body);
    await server.reconnect();
    await page.getByText("Live", { exact: true }).waitFor();
    await room.say("after");
    await page.getByText("after").waitFor();
    expect(await bodiesOn(page)).toEqual(["before", "while away 1", "while away 2", "after"]);
  });

  test("a reader who scrolled up keeps their place, is told of new messages and finds them marked", async () => {
    const { room, page } = await enter("member", { width: 800, height: 500 });
    await fill(room, 30);
    await page.getByText("message 30", { exact: true }).waitFor();
    await expect.poll(() => page.getByRole("button", { name: /newest|new message/ }).count()).toBe(0);
    await page.evaluate("document.querySelector('#messages').scrollTop = 200");
    await page.getByRole("button", { name: "Jump to the newest" }).waitFor();
    const before = await scrollTop(page);
    await room.say("@coder say something new");
    await page.getByRole("button", { name: "2 new messages" }).waitFor();
    expect(await scrollTop(page)).toBe(before);
    await page.getByRole("button", { name: "2 new messages" }).click();
    await page.locator(".unread-mark").waitFor();
    await expect.poll(() => page.getByRole("button", { name: /newest|new message/ }).count()).toBe(0);
  });

  test("loading earlier messages does not move the visible ones", async () => {
    const room = await makeWebRoom(server, { agents });
    await fill(room, 70);
    const { page } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code: room.invites.viewer, name: "Vic" });
    await page.getByText("message 70", { exact: true }).waitFor();
    expect(await page.getByText("message 20", { exact: true }).count()).toBe(0);
    const first = page.getByText("message 21", { exact: true });
    await page.evaluate("document.querySelector('#messages').scrollTop = 0");
    await page.getByRole("button", { name: "Jump to the newest" }).waitFor();
    // No box while it renders again.
    const placeOf = async () => (await first.boundingBox())?.y ?? 0;
    await expect.poll(placeOf).toBeGreaterThan(0);
    const before = await placeOf();
    await page.getByText("message 1", { exact: true }).waitFor({ state: "attached" });
    await expect.poll(async () => Math.abs((await placeOf()) - before)).toBeLessThan(2);
    expect(await bodiesOn(page)).toEqual(Array.from({ length: 70 }, (_, at) => `message ${at + 1}`));
    expect(await page.getByText("You are a viewer").count()).toBe(1);
    expect(await box(page).count()).toBe(0);
  });

  test("finds old messages, goes there by link, and scrolls thousands of messages with few of them rendered", async () => {
    const room = await makeWebRoom(server, { agents: [] });
    for (let at = 1; at <= 600; at += 1) await room.say(at === 7 ? "the needle" : `hay ${at}`);
    const { page, errors } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code: room.invites.viewer, name: "Vic" });
    await page.getByText("hay 600", { exact: true }).waitFor();
    await page.keyboard.press("/");
    await page.getByLabel("Words to look for").fill("NEEDLE");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /the needle/ }).click();
    await page.locator(".message.found", { hasText: "the needle" }).waitFor();
    expect(page.url()).toMatch(/#m-\d+-/);
    const link = page.url();
    await page.reload();
    await page.locator(".message.found", { hasText: "the needle" }).waitFor();
    expect(page.url()).toBe(link);
    expect(errors).toEqual([]);
  }, 180_000);

  test("copied conversations have sender, recipients and time, and no text of the page", async () => {
    const { room, page } = await enter();
    for (const body of ["@coder one", "message 3", "message 4"]) await room.say(body);
    await page.getByText("message 4", { exact: true }).waitFor();
    await page
      .getByRole("img", { name: /coder: done, reviewer: done/ })
      .last()
      .waitFor({ state: "attached" });
    const copied = await page.evaluate<string>(`(() => {
      getSelection().selectAllChildren(document.querySelector("[role=log]"));
      return getSelection().toString();
    })()`);
    const lines = copied
      .split("\n")
      .map((line) => line.trim().replace(/\d\d:\d\d/, "<time>"))
      .filter((line) => line !== "");
    expect(lines.slice(-6)).toEqual([
      ...["host → coder <time>", "one"],
      ...["host → room <time>", "message 3", "<time>", "message 4"],
    ]);
    expect(lines).toContain("<time> mia joined as member");
    const read = await page.locator(".message", { hasText: "message 4" }).textContent();
    expect(read?.trim()).toMatch(/^\d\d:\d\d message 4$/);
  });

  test("closing an invite and removing an agent work from the page", async () => {
    const { room, page, errors } = await enter("approver");
    await page.getByLabel("More").click();
    await page.getByRole("button", { name: "Manage" }).click();
    const manage = page.getByRole("dialog", { name: "Run this room" });
    await manage.locator("summary", { hasText: "reviewer" }).click();
    await manage.getByRole("button", { name: "Remove reviewer" }).click();
    await manage.getByRole("button", { name: "Really remove reviewer?" }).click();
    await room.untilEvent("participant.left");
    await manage.getByRole("tab", { name: "People" }).click();
    await manage.getByRole("button", { name: "Revoke" }).first().click();
    await room.untilEvent("invite.revoked");
    expect(errors).toEqual([]);
  });

  test("an owner changes the rules from the page: reminders and allowed hosts, but no address", async () => {
    const { room, page, errors } = await enter("owner");
    await page.getByLabel("More").click();
    await page.getByRole("button", { name: "Manage" }).click();
    const manage = page.getByRole("dialog", { name: "Run this room" });
    await manage.getByRole("tab", { name: "Rules" }).click();
    const hosts = manage.getByLabel("Hosts that agents may reach");
    await hosts.fill("packages.example.com\n10.0.0.1");
    await manage.getByRole("button", { name: "Save rules" }).click();
    await manage.getByText("“10.0.0.1” is not a host's name.").waitFor();
    await hosts.fill("packages.example.com\n*.example.org:8443\n");
    await manage.getByLabel("Who decides is reminded").selectOption("every hour");
    await manage.getByRole("button", { name: "Save rules" }).click();
    await room.untilEvent("room.configured");
    const { json } = await server.api.call("GET", `/api/rooms/${room.roomId}`, { token: room.ownerToken });
    expect(json.policy).toMatchObject({
      egress: ["packages.example.com", "*.example.org:8443"],
      gateReminder: { afterS: 3_600 },
    });
    expect(errors).toEqual([]);
  });

  test("an approver pauses, resumes and invites from the page", async () => {
    const { room, page } = await enter("approver");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.getByRole("button", { name: "Invite" }).click();
    const dialog = page.getByRole("dialog", { name: "Invite somebody" });
    expect(await dialog.getByLabel("They may").getByRole("option").allInnerTexts()).toHaveLength(3);
    await dialog.getByLabel("They may").selectOption("viewer");
    await dialog.getByRole("button", { name: "Make a link" }).click();
    const link = await dialog.getByRole("textbox", { name: "Invite link" }).inputValue();
    expect(link.startsWith(`${server.url}/#`)).toBe(true);
    await dialog.getByRole("button", { name: "Close" }).click();
    const guest = await openPerson(browser, { origin: server.url });
    await joinByLink(guest.page, { url: server.url, code: link.split("#")[1] ?? "", name: "Guest" });
    await page.getByText("guest joined as viewer").waitFor();
    expect(await room.untilEvent("room.resumed")).toMatchObject({ type: "room.resumed" });
  });

  test("stopping all agents takes two presses", async () => {
    const { room, page } = await enter("approver");
    await room.say("@coder hang");
    await page.locator(".work-item").waitFor();
    await page.getByRole("button", { name: "Stop all agents" }).click();
    await page.getByRole("button", { name: "Really stop?" }).click();
    await page.getByText("coder was stopped by mia").waitFor();
  });
});
