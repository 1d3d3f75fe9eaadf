import { afterEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/core/room/limits.js";
import { eventually } from "../support/parley-client.js";
import { needsChromium } from "../support/require.js";
import { closePages, joinByLink, openPerson, overflowPx } from "./support/browser.js";
import { hostileBodies } from "./support/hostile.js";
import { makeWebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

describe("the bodies", () => {
  test("are more than a hundred and sixty different ones", () => {
    expect(new Set(hostileBodies).size).toBe(hostileBodies.length);
    expect(hostileBodies.length).toBeGreaterThanOrEqual(160);
  });
});

/** So few that the page draws them all at once. */
const partSize = 100;

needsChromium()("hostile messages", () => {
  useStage({ peopleStay: true });

  afterEach(() => closePages(browser));

  // Without the policy too: scripts do not run because they never become HTML.
  test.each([
    { bypassCSP: false, width: 1280, part: 0 },
    { bypassCSP: false, width: 1280, part: 1 },
    { bypassCSP: true, width: 360, part: 0 },
    { bypassCSP: true, width: 360, part: 1 },
  ])(
    "run nothing, ask nothing, reach nobody and leave the layout as it is: %j",
    async ({ bypassCSP, width, part }) => {
      const room = await makeWebRoom(server);
      const { page, foreign, dialogs, errors } = await openPerson(browser, {
        origin: server.url,
        bypassCSP,
        viewport: { width, height: 800 },
      });
      await joinByLink(page, { url: server.url, code: room.invites.viewer, name: "Vic" });
      let posted = 0;
      for (const body of hostileBodies.slice(part * partSize, (part + 1) * partSize)) {
        const answer = await room.say(body);
        const isTooLong = Buffer.byteLength(body) > LIMITS.maxBodyBytes;
        const isBlank = body.trim() === "";
        expect(answer.status, body.slice(0, 80)).toBe(isTooLong || isBlank ? 422 : 201);
        if (answer.status === 201) posted += 1;
      }
      expect(posted).toBeGreaterThan(60);
      await eventually(
        () => page.locator(".message").count(),
        (count) => count === posted,
      );
      const unfolded = await page.evaluate<number>(
        "(() => { const cut = document.querySelectorAll('.body + button'); for (const button of cut) button.click(); return cut.length; })()",
      );
      expect(unfolded).toBeGreaterThan(part === 0 ? -1 : 15);
      await expect.poll(() => page.getByRole("button", { name: "Show all of it" }).count()).toBe(0);
      expect(await page.evaluate("window.ran ?? 0")).toBe(0);
      expect({ foreign, dialogs, errors }).toEqual({ foreign: [], dialogs: [], errors: [] });
      expect(await overflowPx(page)).toBe(0);
      const [box, view] = [await page.getByRole("banner").boundingBox(), page.viewportSize()];
      expect(box).toMatchObject({ x: 0, y: 0, width: view?.width });
      expect(
        await page
          .locator(".body :is(script, style, img, svg, iframe, object, embed, link, form, input, video)")
          .count(),
      ).toBe(0);
      const links = await page
        .locator(".body a")
        .evaluateAll((anchors) => anchors.map((anchor) => [anchor.getAttribute("href"), anchor.getAttribute("rel")]));
      expect(links.length).toBeGreaterThan(part === 0 ? 15 : -1);
      for (const [href, rel] of links) {
        expect(href).toMatch(/^https:\/\//);
        expect(rel).toContain("noreferrer");
      }
    },
    180_000,
  );

  test("hostile text in a gate, a name and a room's name is shown, not obeyed", async () => {
    const body = '<img src=x onerror="window.ran=1"> \u202egnihton';
    const room = await makeWebRoom(server, {
      name: '<b>Room</b> "x"',
      agents: [{ name: "writer", gate: "always", script: [{ match: "go", reply: `@room ${body}` }] }],
    });
    const { page, dialogs, errors } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, {
      url: server.url,
      code: room.invites.approver,
      name: '<img src=x onerror="window.ran=1">',
    });
    await room.say("@writer go");
    const gate = page.getByLabel("Full text");
    await gate.getByText('<img src=x onerror="window.ran=1">').waitFor();
    expect(await gate.locator(".unseen").innerText()).toContain("U+202E");
    expect(await page.getByText("Contains hidden characters").count()).toBe(1);
    expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe('<b>Room</b> "x"');
    expect(await page.evaluate("window.ran ?? 0")).toBe(0);
    expect({ dialogs, errors }).toEqual({ dialogs: [], errors: [] });
  });
});
