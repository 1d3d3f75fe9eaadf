import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needsChromium } from "../support/require.js";
import { closePages, joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom, type WebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

const longLine = `export const table = [${Array.from({ length: 40 }, (_, at) => `"column number ${at}"`).join(", ")}];`;
const columns = Array.from({ length: 12 }, (_, at) => `ARatherLongHeading${at}`);
const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** A part that is wider than any column: the name of its kind, and its Markdown. */
const wideParts = {
  "code with colours": `\`\`\`ts\n${longLine}\n\`\`\``,
  "code without a language": `\`\`\`\n${longLine}\n\`\`\``,
  "a diff": `\`\`\`diff\n-${longLine}\n+${longLine}\n\`\`\``,
  "a table": [row(columns), row(columns.map(() => "---")), row(columns)].join("\n"),
  "a drawing": `|${"=".repeat(300)}|\n|${"=".repeat(300)}|`,
  "code in a sentence": `Run \`${"x".repeat(300)}\` first`,
  "one long word": "y".repeat(400),
  "a link": `https://parley.example/${"z".repeat(300)}`,
} as const;

const agents = [
  { name: "coder", script: [{ match: "show the code", reply: `@room Here.\n\n${wideParts["code with colours"]}` }] },
  {
    name: "writer",
    gate: "always" as const,
    script: [{ match: "hold it", reply: `@room Held.\n\n${wideParts["code with colours"]}` }],
  },
];

/** Elements in `box` whose right edge lies outside it, a line each; not those in a scroll container of their own. */
function overhanging(page: Page, box: string): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const box = document.querySelector(${JSON.stringify(box)});
    const right = box.getBoundingClientRect().left + box.clientLeft + box.clientWidth;
    const scrollsSideways = (element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
    const isInScroller = (element) => {
      for (let at = element.parentElement; at !== box; at = at.parentElement) if (scrollsSideways(at)) return true;
      return false;
    };
    return [...box.querySelectorAll("*")]
      .filter((element) => element.getClientRects().length > 0 && !isInScroller(element))
      .filter((element) => element.getBoundingClientRect().right > right + 0.5)
      .map((element) => element.tagName + "." + element.className + " ends at "
        + Math.round(element.getBoundingClientRect().right) + " of " + Math.round(right));
  })()`);
}

/** How many boxes of code and tables in the timeline can be scrolled sideways. */
const scrollersIn = (page: Page) =>
  page.evaluate<number>(`[...document.querySelectorAll(".timeline :is(.code, .table-frame)")]
    .filter((element) => element.scrollWidth > element.clientWidth).length`);

needsChromium()("wide content", () => {
  useStage({ peopleStay: true });

  const withContent = async (isHeld: boolean): Promise<WebRoom> => {
    const room = await makeWebRoom(server, { agents });
    for (const [kind, part] of Object.entries(wideParts)) await room.say(`@room See ${kind}.\n\n${part}\n\nSo far.`);
    await room.say("@coder show the code");
    await room.untilEvent("message.posted", (event) => event.from === "coder");
    if (isHeld) await room.say("@writer hold it");
    await room.untilGates(isHeld ? 1 : 0);
    return room;
  };

  describe.each([
    ["with a gate open", true],
    ["with no gate open", false],
  ])("%s", (_, isHeld) => {
    let room: WebRoom;
    beforeAll(async () => {
      room = await withContent(isHeld);
    });
    afterAll(() => closePages(browser));

    test.each([360, 768, 1280, 1440])("scrolls in its own box at %i px", async (width) => {
      const { page } = await openPerson(browser, { origin: server.url, viewport: { width, height: 3_000 } });
      await joinByLink(page, { url: server.url, code: room.invites.approver, name: `Ann ${width}` });
      if (isHeld) await page.locator(".gate").waitFor();
      await expect.poll(() => page.locator(".timeline .body").count()).toBeGreaterThan(Object.keys(wideParts).length);
      await page.locator(".hljs-keyword").first().waitFor();
      expect(await overhanging(page, ".timeline")).toEqual([]);
      expect(await overhanging(page, ".timeline-content")).toEqual([]);
      if (isHeld) expect(await overhanging(page, ".gates")).toEqual([]);
      expect(await scrollersIn(page)).toBe(6);
    });
  });
});
