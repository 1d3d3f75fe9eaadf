import { expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

needsChromium()("a busy room", () => {
  useStage();

  async function enter(
    role: "member" | "viewer" | "approver",
    body: Parameters<typeof makeWebRoom>[1],
    size = { width: 1280, height: 800 },
  ) {
    const room = await makeWebRoom(server, body);
    const { page } = await openPerson(browser, { origin: server.url, viewport: size });
    await joinByLink(page, { url: server.url, code: room.invites[role], name: "Jonas" });
    await page.getByText("Live", { exact: true }).waitFor();
    return { room, page };
  }

  test("emoji of several parts and joining letters are unchanged", async () => {
    const { room, page } = await enter("member", {});
    await room.say("👩‍💻 👨‍👩‍👧 🏳️‍🌈 می‌خواهم");
    const message = page.locator(".message", { hasText: "می" });
    await message.waitFor();
    expect(await message.locator(".unseen").count()).toBe(0);
    expect(await message.locator(".body").innerText()).toBe("👩‍💻 👨‍👩‍👧 🏳️‍🌈 می‌خواهم");
  });

  const pingPong = [
    { name: "holder", gate: "always" as const, script: [{ match: "^go", reply: "@room one" }] },
    { name: "ping", script: [{ match: "^(go|again)", reply: "@pong again" }] },
    { name: "pong", script: [{ match: "^again", reply: "@ping again" }] },
  ];

  test("halted agents are shown first, and the room says so until a decision", async () => {
    const { room, page } = await enter("approver", { agents: pingPong, policy: { loopGuard: { maxHops: 2 } } });
    await room.say("@holder go");
    await room.untilGates(1);
    await room.say("@ping go");
    await room.untilGates(2);
    const halted = page.locator(".chip", { hasText: "Halted" });
    await halted.waitFor();
    expect(await page.locator(".gate").getByRole("heading").innerText()).toMatch(/^Agents are halted/);
    expect(await page.locator(".gate").getByText("agents answered each other").count()).toBe(1);
    expect(await page.getByText("Halted: messages wait until somebody lets the agents go on.").count()).toBe(1);
    await page.getByRole("button", { name: "Stop the agents" }).click();
    await halted.waitFor({ state: "detached" });
    expect(await page.locator(".gate").getByRole("heading").innerText()).toMatch(/^Held message/);
  });

  test("with many agents a message counts them and working agents leave room for messages", async () => {
    const script = [{ match: "^work", work: [{ tool: "Bash", input: { command: "npm test" }, ms: 600_000 }] }];
    const agents = Array.from({ length: 12 }, (_, at) => ({ name: `agent-${at + 1}`, script }));
    const { room, page } = await enter("member", { agents }, { width: 360, height: 740 });
    await room.say("work");
    await page.getByRole("button", { name: "and 8 more at work" }).waitFor();
    expect(await page.locator(".work-item").count()).toBe(4);
    const delivery = page
      .locator(".group", { hasText: "work" })
      .first()
      .getByRole("img", { name: /^Delivery: / });
    await page.getByText("12 at work", { exact: true }).waitFor();
    expect(await delivery.getAttribute("aria-label")).toContain("agent-12: working on it");
    await room.say("@agent-1, @agent-2 and you");
    await page.locator(".group", { hasText: "and you" }).getByText("agent-2", { exact: true }).waitFor();
    await page.getByRole("button", { name: "and 8 more at work" }).click();
    expect(await page.locator(".work-item").count()).toBe(12);
    await page.getByRole("button", { name: "Show fewer" }).click();
    expect(await page.locator(".work-item").count()).toBe(4);
  });

  test("who may only read is not told to write", async () => {
    const { page } = await enter("viewer", {});
    await page.getByText("Nothing has been said yet.").waitFor();
    expect(await page.getByText("Write to everyone").count()).toBe(0);
  });

  test("an agent without a role joins as an agent", async () => {
    const { page } = await enter("member", { agents: [{ name: "echo", script: [] }] });
    await page.getByText("echo joined as agent (follows a script, no model)", { exact: true }).waitFor();
  });
});
