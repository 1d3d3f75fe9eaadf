import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { axeViolations, openPerson, overflowPx } from "./support/browser.js";
import { browser, server, useStage } from "./support/stage.js";
import { visitViews } from "./support/views.js";

needsChromium()("every view of the page", () => {
  useStage({ peopleStay: true });

  test("has no axe violation in either theme, on a phone and on a wide screen, and never scrolls sideways", async () => {
    const { page, foreign, dialogs, errors } = await openPerson(browser, {
      origin: server.url,
      reducedMotion: "reduce",
    });
    const visited: string[] = [];
    const found: string[] = [];
    await visitViews({ server, page }, async (view) => {
      visited.push(view);
      for (const width of [1280, 360])
        for (const problem of await problemsAt(page, width)) found.push(`${view}, ${width}: ${problem}`);
      await page.setViewportSize({ width: 1280, height: 800 });
    });
    expect(found).toEqual([]);
    expect(visited).toEqual([
      ...["join", "new-room", "room", "permission", "question", "edit"],
      ...["lanes", "cost", "search", "help", "invite", "agents", "rules", "manage", "rooms"],
    ]);
    // The room that is not there is asked for on purpose.
    expect({ foreign, dialogs, errors: errors.filter((error) => !/40[14]/.test(error)) }).toEqual({
      foreign: [],
      dialogs: [],
      errors: [],
    });
  }, 180_000);
});

async function problemsAt(page: Page, width: number): Promise<string[]> {
  const problems: string[] = [];
  await page.setViewportSize({ width, height: 760 });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    // A theme changes colours and nothing else.
    const rules = colorScheme === "dark" ? { only: ["color-contrast"] } : {};
    for (const violation of await axeViolations(page, rules)) problems.push(`${colorScheme}: ${violation}`);
  }
  const px = await overflowPx(page);
  if (px > 0) problems.push(`${px} px too wide`);
  return problems;
}
