import { expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { axeViolations, joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

const agents = [
  { name: "writer", gate: "always" as const, script: [{ match: "^say (.*)$", reply: "@room {1}" }] },
  { name: "coder", model: "large", script: [{ match: "^hello$", reply: "@room hello" }] },
];

needsChromium()("the look of the page", () => {
  useStage();

  test("the rooms of this browser are listed with what waits in each, in the room and on the start page", async () => {
    const [first, second] = [
      await makeWebRoom(server, { name: "One", agents }),
      await makeWebRoom(server, { name: "Two" }),
    ];
    await first.say("@writer say held");
    await first.untilGates(1);
    const { page } = await openPerson(browser, { origin: server.url });
    for (const room of [first, second])
      await joinByLink(page, { url: server.url, code: room.invites.approver, name: "mia" });
    const rail = page.getByRole("navigation", { name: "Rooms" });
    await expect.poll(() => rail.getByRole("link").allTextContents()).toEqual(["One1 waiting for a decision", "Two"]);
    await page.goto(server.url);
    await page.getByRole("link", { name: /One.*1 waiting for a decision/ }).waitFor();
    await page.getByRole("link", { name: /^One/ }).click();
    await page.getByRole("button", { name: "Approve" }).waitFor();
    expect(await rail.getByRole("link", { name: /^One/ }).getAttribute("aria-current")).toBe("page");
    expect(await axeViolations(page)).toEqual([]);
  });

  test("colours are the system's until others are chosen, and stay chosen", async () => {
    const room = await makeWebRoom(server, { agents });
    const { page } = await openPerson(browser, { origin: server.url, colorScheme: "dark" });
    await joinByLink(page, { url: server.url, code: room.invites.approver, name: "mia" });
    const theme = () => page.evaluate<string>("document.documentElement.dataset.theme");
    expect(await theme()).toBe("dark");
    await page.getByLabel("More").click();
    await page.getByLabel("Colours").selectOption("light");
    expect(await theme()).toBe("light");
    await page.reload();
    await page.getByRole("log").waitFor();
    expect(await theme()).toBe("light");
    await page.getByLabel("More").click();
    await page.getByLabel("Colours").selectOption("as the system");
    expect(await theme()).toBe("dark");
    await page.emulateMedia({ colorScheme: "light" });
    await expect.poll(theme).toBe("light");
  });

  test.each([1_366, 1_440, 1_920])(
    "what is read stays where it is when a gate opens, %i pixels wide",
    async (width) => {
      const room = await makeWebRoom(server, { agents });
      await room.say("something to read");
      const { page } = await openPerson(browser, { origin: server.url, viewport: { width, height: 900 } });
      await joinByLink(page, { url: server.url, code: room.invites.approver, name: "mia" });
      const left = async () => (await page.getByText("something to read").boundingBox())?.x;
      const before = await left();
      await room.say("@writer say held");
      await page.getByRole("button", { name: "Approve" }).waitFor();
      expect(await left()).toBe(before);
    },
  );

  test("the roster says what runs an agent", async () => {
    const room = await makeWebRoom(server, { agents });
    const { page } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code: room.invites.approver, name: "mia" });
    await expect.poll(() => page.locator(".person-agent .runs-on").allInnerTexts()).toHaveLength(2);
    expect(await page.locator(".person-agent", { hasText: "writer" }).innerText()).toContain(
      "follows a script, no model",
    );
  });
});
