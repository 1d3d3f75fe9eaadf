import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { axeViolations, closePages, joinByLink, openPerson, overflowPx } from "./support/browser.js";
import { makeWebRoom, type WebRoom } from "./support/rooms.js";
import { showcaseAgents } from "./support/showcase.js";
import { browser, server, useStage } from "./support/stage.js";

needsChromium()("the room's layout", () => {
  useStage({ peopleStay: true });
  let room: WebRoom;
  beforeAll(async () => {
    room = await makeWebRoom(server, { agents: showcaseAgents });
    await room.say("@planner we want readable links");
    await room.untilGates(2);
    await room.say("@tracer slow");
    await room.say("@coder publish");
    await room.untilGates(3);
  });

  const sizes = [
    [1280, 800],
    [768, 1024],
    [360, 740],
  ] as const;
  const schemes = ["light", "dark"] as const;

  describe.each(sizes)("%i x %i px", (width, height) => {
    let page: Page;
    beforeAll(async () => {
      ({ page } = await openPerson(browser, { origin: server.url, viewport: { width, height } }));
      await joinByLink(page, { url: server.url, code: room.invites.approver, name: `Ann ${width}` });
      await page.locator(".gate").waitFor();
    });
    afterAll(() => closePages(browser));

    test.each(schemes)("fits, with gates, the composer and the actions in view, %s", async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      expect(await overflowPx(page)).toBe(0);
      for (const part of [page.locator(".gate"), page.getByRole("textbox", { name: "Your message" })]) {
        const box = await part.boundingBox();
        expect(box?.y).toBeLessThan(height);
        expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
      }
      const buttons = page.locator(".gate").getByRole("button", { name: "Drop" });
      const box = await buttons.boundingBox();
      expect((box?.y ?? height) + (box?.height ?? 0)).toBeLessThan(height);
    });
  });

  // Phone and wide screen are gone through view by view in views.test.ts. A theme changes colours and nothing else.
  test("has no axe violation at 768 px, whichever gate is open and whatever is unfolded, light and dark", async () => {
    const { page } = await openPerson(browser, { origin: server.url, viewport: { width: 768, height: 1024 } });
    await joinByLink(page, { url: server.url, code: room.invites.approver, name: "Axe" });
    await page.locator(".gate").waitFor();
    const violations = async () => {
      const found: string[] = [];
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme });
        const options = colorScheme === "dark" ? { only: ["color-contrast"] } : {};
        for (const one of await axeViolations(page, options)) found.push(`${colorScheme}: ${one}`);
      }
      return found;
    };
    expect(await violations()).toEqual([]);
    for (const kind of ["Held message", "Permission"]) {
      await page.getByRole("button", { name: `Show: ${kind}` }).click();
      expect(await violations()).toEqual([]);
    }
    await page.getByRole("button", { name: "Edit input" }).click();
    await page.locator(".work-item summary").first().click();
    await page.getByRole("textbox", { name: "Your message" }).pressSequentially("@");
    await page.getByRole("listbox").waitFor();
    expect(await violations()).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByLabel("More").click();
    await page.getByRole("button", { name: "Invite" }).click();
    await page.getByRole("button", { name: "Make a link" }).click();
    await page.getByRole("textbox", { name: "Invite link" }).waitFor();
    expect(await violations()).toEqual([]);
    expect(await overflowPx(page)).toBe(0);
  }, 180_000);

  test("every part is reached by keyboard, in the order it is read, with a focus that shows", async () => {
    const { page } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code: room.invites.approver, name: "Key" });
    await page.locator(".gate").waitFor();
    const reached: string[] = [];
    await page.bringToFront();
    await page.keyboard.press("Tab");
    for (let at = 0; at < 60; at += 1) {
      const here = await page.evaluate<{ label: string; hasOutline: boolean }>(`(() => {
        const { activeElement: element } = document;
        const box = element.closest(".composer-box") ?? element;
        const style = getComputedStyle(box);
        return {
          label: (element === document.body ? "BODY" : element.getAttribute("aria-label") || element.innerText || element.tagName).trim().split("\\n")[0],
          hasOutline: style.outlineStyle !== "none" || style.boxShadow !== "none",
        };
      })()`);
      if (here.label !== "BODY") expect(here.hasOutline, here.label).toBe(true);
      reached.push(here.label);
      await page.keyboard.press("Tab");
    }
    const order = ["Skip to the messages", "All rooms", "Invite", "Full text", "Redirect", "Messages", "Your message"];
    const places = order.map((label) => reached.findIndex((here) => here.startsWith(label)));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  }, 180_000);

  test("keeps still for people who want less motion", async () => {
    const { page } = await openPerson(browser, { origin: server.url, reducedMotion: "reduce" });
    await joinByLink(page, { url: server.url, code: room.invites.viewer, name: "Still" });
    await page.locator(".pulse").first().waitFor();
    expect(await page.evaluate("document.getAnimations().length")).toBe(0);
  });
});
