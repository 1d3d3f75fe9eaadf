import { expect, test } from "vitest";
import { agentPushes } from "../http/support/turns.js";
import { needsChromium } from "../support/require.js";
import { joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

const diff = [
  "diff --git a/src/slug.ts b/src/slug.ts",
  "index 1..2 100644",
  "--- a/src/slug.ts",
  "+++ b/src/slug.ts",
  "@@ -1 +1 @@",
  "-const a = 1;",
  "+const a = '<img src=x onerror=alert(1)>';",
  "",
].join("\n");

needsChromium()("a push that waits, on the page", () => {
  useStage();

  test("shows its branch and the lines that go and come, as text, before it is allowed", async () => {
    const script = [{ match: "go", reply: "@room done", delayMs: 600_000 }];
    const room = await makeWebRoom(server, { agents: [{ name: "coder", gate: "always", script }] });
    await room.say("@coder go");
    await room.untilEvent("turn.started");
    await agentPushes(server.api, room.roomId, diff);
    const { page, dialogs } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code: room.invites.approver, name: "mia" });
    const branch = page.locator(".push-branch");
    await branch.getByText("+const a").waitFor();
    expect(await branch.innerText()).toContain("parley/coder/x new branch");
    expect(await branch.locator(".diff-added").allInnerTexts()).toEqual([
      "+const a = '<img src=x onerror=alert(1)>';\n",
    ]);
    expect(await branch.locator(".diff-removed").allInnerTexts()).toEqual(["-const a = 1;\n"]);
    await page
      .getByRole("button", { name: /^Allow/ })
      .first()
      .click();
    expect(await room.untilEvent("gate.resolved")).toMatchObject({ outcome: "allowed", by: "mia" });
    expect(dialogs).toEqual([]);
  });
});
