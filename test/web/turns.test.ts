import { expect, test } from "vitest";
import { recordSteps } from "../http/support/turns.js";
import { needsChromium } from "../support/require.js";
import { axeViolations, joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom, type WebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

const work = [
  { tool: "Read", input: { file_path: "sum.ts" }, ms: 20, output: "<b>const</b> sum = 1;" },
  {
    tool: "Bash",
    input: { command: "npm test" },
    ms: 20,
    output: `1 failed ${"x".repeat(20_000)}`,
    failed: true as const,
  },
];
const agents = [
  { name: "coder", script: [{ match: "fix", plan: ["read it", "test it"], work, reply: "@host it is fixed" }] },
];

needsChromium()("past turns on the page", () => {
  useStage();

  async function enter(room: WebRoom, role: "member" | "viewer" | "approver" = "member") {
    const watched = await openPerson(browser, { origin: server.url });
    await joinByLink(watched.page, { url: server.url, code: room.invites[role], name: "Mia" });
    return watched;
  }
  /** An agent in a turn that it never ends by itself. */
  async function hangingTurn() {
    const room = await makeWebRoom(server, { agents: [{ name: "idle", script: [{ match: "go", fail: "hang" }] }] });
    await room.say("@idle go");
    const { turnId } = await room.untilEvent("turn.started");
    return { room, place: { roomId: room.roomId, turnId: String(turnId), agent: "idle" } };
  }
  const line = /What happened in this turn: 2 steps · \d+ s$/;

  test("stand under the message and unfold to plan, tools with input and result, and texts", async () => {
    const room = await makeWebRoom(server, { agents });
    const { page, errors } = await enter(room);
    await room.say("@coder fix");
    await page.getByText("it is fixed").waitFor();
    await page.getByRole("button", { name: line }).click();
    const steps = page.getByRole("region", { name: "Steps of the turn" });
    await steps.getByText("test it").waitFor();
    await steps.getByText("sum.ts").first().click();
    await steps.getByText("<b>const</b> sum = 1;").waitFor();
    await steps.getByText('{"file_path":"sum.ts"}').waitFor();
    await steps.getByText("npm test").first().click();
    await steps.getByText("Cut here; all of it has 20,009 bytes.").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      steps.getByRole("link", { name: "Open all of it" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("result.txt");
    await steps.getByText("@host it is fixed").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("are listed for an agent, and follow one that works", async () => {
    const { room, place } = await hangingTurn();
    await recordSteps(server.api, place, [{ type: "block", outputId: "o1", index: 0, text: "said before you came" }]);
    const { page } = await enter(room);
    await page.getByRole("button", { name: "What idle did, turn by turn" }).click();
    const dialog = page.getByRole("dialog", { name: "Turns of idle" });
    await dialog.getByRole("button", { name: /What happened/ }).click();
    await dialog.getByText("said before you came").waitFor();
    await dialog.getByText("It works on; what it does appears here.").waitFor();
    await recordSteps(server.api, place, [{ type: "block", outputId: "o2", index: 0, text: "said while you look" }]);
    await dialog.getByText("said while you look").waitFor();
  });

  test("are shown to no viewer, and a held agent's to those who decide", async () => {
    const room = await makeWebRoom(server, { agents });
    const viewer = await enter(room, "viewer");
    await room.say("@coder fix");
    await viewer.page.getByText("it is fixed").waitFor();
    await viewer.page.waitForTimeout(500);
    expect(await viewer.page.getByRole("button", { name: /What happened|turn by turn/ }).count()).toBe(0);
    const held = await makeWebRoom(server, { agents, policy: { gate: "always" } });
    const member = await enter(held);
    await held.say("@coder fix");
    await held.untilGates(1);
    await member.page.getByRole("button", { name: "What coder did, turn by turn" }).click();
    await member.page.getByRole("button", { name: /What happened/ }).click();
    await member.page.getByText("For those who decide, until").waitFor();
    expect(await member.page.getByText("sum.ts").count()).toBe(0);
  });

  test("of ten thousand steps are drawn a few at a time", async () => {
    const { room, place } = await hangingTurn();
    for (let at = 0; at < 10_000; at += 200) {
      const tools = Array.from({ length: 200 }, (_, index) => ({
        type: "tool",
        id: `tool-${at + index}`,
        name: "Bash",
        phase: "ended",
        summary: `command ${at + index}`,
        input: "x".repeat(200),
      }));
      await recordSteps(server.api, place, tools);
    }
    await room.call("POST", "/agents/idle/interrupt", {});
    await room.untilEvent("turn.ended");
    const { page, errors } = await enter(room);
    const before = await page.evaluate<number>("document.querySelectorAll('*').length");
    await page.getByRole("button", { name: "What idle did, turn by turn" }).click();
    await page.getByRole("button", { name: /What happened/ }).click();
    const steps = page.getByRole("region", { name: "Steps of the turn" });
    await steps.getByText("Bash command 0", { exact: true }).waitFor();
    const height = () => page.evaluate<number>("document.querySelector('.steps-scroll').scrollHeight");
    await expect.poll(height).toBeGreaterThan(200_000);
    await page.getByText("Reading what happened").waitFor({ state: "detached" });
    await page.evaluate("document.querySelector('.steps-scroll').scrollTop = 1e9");
    await steps.getByText("Bash command 9999", { exact: true }).waitFor();
    const drawn = await page.evaluate<number>("document.querySelectorAll('*').length");
    expect(drawn - before).toBeLessThan(4_000);
    expect(errors).toEqual([]);
  });
});
