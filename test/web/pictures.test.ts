import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { type Drawing, drawingOf } from "../../adapters/web/client/lane-drawing.js";
import { markAfterKey, marksOf } from "../../adapters/web/client/lane-marks.js";
import { needsChromium } from "../support/require.js";
import { joinByLink, openPerson } from "./support/browser.js";
import { frame, posted, started } from "./support/room-fixture.js";
import { makeWebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

const joined = (version: number, name: string) =>
  frame(version, { type: "participant.joined", name, displayName: name, kind: "human", role: "member" });

describe("the marks of a drawing", () => {
  const drawing: Drawing = drawingOf(
    [
      joined(1, "mia"),
      joined(2, "coder"),
      joined(3, "silent"),
      joined(4, "max"),
      frame(5, posted("a")),
      frame(6, started("coder", ["a"])),
      frame(8, posted("b", { from: "max" })),
      frame(9, posted("c")),
    ],
    20_000,
  );
  const marks = marksOf(drawing);
  const walk = (from: string, ...pressed: string[]) =>
    pressed.reduce((key, one) => {
      const current = marks.find((mark) => mark.key === key);
      return (current && markAfterKey(marks, current, one)?.key) ?? "nowhere";
    }, from);

  test("are gone through lane by lane and along each, and end where they end", () => {
    expect(marks.map(({ key }) => key)).toEqual(["message-a", "turn-coder-6", "message-b", "message-c"]);
    expect(walk("message-a", "ArrowRight")).toBe("message-c");
    expect(walk("message-a", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft")).toBe("message-a");
    expect(walk("message-c", "ArrowDown")).toBe("turn-coder-6");
    expect(walk("message-c", "ArrowDown", "ArrowDown", "ArrowDown")).toBe("message-b");
    expect(walk("message-b", "ArrowUp", "ArrowUp", "ArrowUp")).toBe("message-a");
    expect([walk("message-c", "Home"), walk("message-a", "End"), walk("message-a", "x")]).toEqual([
      "message-a",
      "message-c",
      "nowhere",
    ]);
  });
});

const agents = [{ name: "coder", script: [{ match: "^say (.*)", reply: "@room {1}" }] }];

needsChromium()("the room in pictures", () => {
  useStage();

  async function openPictures() {
    const room = await makeWebRoom(server, { agents });
    const { page, errors } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code: room.invites.viewer, name: "Vic" });
    for (let at = 1; at <= 30; at += 1) await room.say(`@vic filler ${at}`);
    await room.say("@coder say drawn");
    await page.getByText("drawn", { exact: true }).waitFor();
    for (let at = 31; at <= 60; at += 1) await room.say(`@vic filler ${at}`);
    await page.getByText("filler 60", { exact: true }).waitFor();
    await page.getByRole("region", { name: "Messages" }).focus();
    await page.keyboard.press("p");
    const pictures = page.getByRole("dialog", { name: "The room in pictures" });
    await pictures.getByRole("button", { name: /turn of coder: done/ }).waitFor();
    return { page, pictures, errors };
  }
  const focused = (page: Page) => page.evaluate<string>("document.activeElement.getAttribute('aria-label') ?? ''");

  test("a click on a message goes to it, and so do the keys alone", async () => {
    const { page, pictures, errors } = await openPictures();
    await pictures.getByRole("button", { name: /coder to .*: drawn/ }).click();
    await page.locator(".message.found", { hasText: "drawn" }).waitFor();
    await page.getByRole("region", { name: "Messages" }).focus();
    await page.keyboard.press("p");
    await pictures.getByRole("button", { name: /turn of coder: done/ }).waitFor();
    for (let tries = 0; tries < 12 && !(await focused(page)).includes("filler 60"); tries += 1)
      await page.keyboard.press("Tab");
    expect(await focused(page)).toMatch(/host to .*: filler 60$/);
    await page.keyboard.press("ArrowLeft");
    expect(await focused(page)).toMatch(/: filler 59$/);
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toMatch(/coder to .*: drawn$/);
    await page.keyboard.press("Home");
    expect(await focused(page)).toMatch(/turn of coder/);
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await pictures.waitFor({ state: "detached" });
    const found = page.locator(".message.found", { hasText: "drawn" });
    await found.waitFor();
    await expect.poll(() => found.isVisible()).toBe(true);
    const box = await found.boundingBox();
    expect(box?.y).toBeGreaterThan(0);
    expect(box?.y).toBeLessThan(800);
    await expect.poll(() => focused(page)).toMatch(/^Message of coder/);
    expect(errors).toEqual([]);
  }, 180_000);

  test.each(["svg", "png"] as const)("is saved as an image that stands alone: %s", async (as) => {
    const { page, pictures, errors } = await openPictures();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      pictures.getByRole("button", { name: `Save as ${as.toUpperCase()}` }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(new RegExp(`-lanes\\.${as}$`));
    const bytes = await readFile(await download.path());
    const type = as === "svg" ? "image/svg+xml" : "image/png";
    const blank = await openPerson(browser, { origin: server.url });
    await blank.page.setContent(`<img src="data:${type};base64,${bytes.toString("base64")}">`);
    const [width, colours] = await blank.page.evaluate<[number, number]>(`(async () => {
      const image = document.querySelector("img");
      await image.decode();
      const canvas = document.createElement("canvas");
      canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set();
      for (let at = 0; at < data.length; at += 4) seen.add(data[at] << 16 | data[at + 1] << 8 | data[at + 2]);
      return [image.naturalWidth, seen.size];
    })()`);
    expect(width).toBeGreaterThan(600);
    expect(colours).toBeGreaterThan(20);
    expect(errors).toEqual([]);
  });
});
