import { describe, expect, test } from "vitest";
import { openSetupChoice, setupDecision, withTick } from "../../adapters/web/client/setup-choice.js";
import type { SetupView } from "../../src/protocol/setups.js";
import { needsChromium } from "../support/require.js";
import { joinByLink, openPerson } from "./support/browser.js";
import { makeWebRoom } from "./support/rooms.js";
import { browser, server, useStage } from "./support/stage.js";

const file = (path: string, more: object = {}) => ({
  kind: "instructions",
  path,
  bytes: 1,
  sha256: "a".repeat(64),
  text: "x",
  used: false,
  ...more,
});
const view: SetupView = {
  offered: {
    hash: "b".repeat(64),
    commit: "c",
    at: 1,
    files: [file("CLAUDE.md", { used: true }), file("AGENTS.md"), { ...file("gone.md"), text: undefined } as never],
    refused: [],
    isOpen: true,
  },
};

describe("the choice of what agents use of a set-up", () => {
  test("begins with what they use now, and is bound to the set-up that is shown", () => {
    const choice = openSetupChoice(view);
    if (!choice) throw new Error("no choice");
    expect(setupDecision(choice)).toEqual({ hash: "b".repeat(64), use: ["CLAUDE.md"] });
    expect(setupDecision(withTick(choice, "AGENTS.md", true)).use).toEqual(["CLAUDE.md", "AGENTS.md"]);
    expect(setupDecision(withTick(choice, "CLAUDE.md", false)).use).toEqual([]);
    expect(openSetupChoice({})).toBeUndefined();
  });

  test("takes no file whose text is not there, and none that was not shown", () => {
    const choice = openSetupChoice(view);
    if (!choice) throw new Error("no choice");
    expect(setupDecision(withTick(choice, "gone.md", true)).use).toEqual(["CLAUDE.md"]);
    expect(setupDecision(withTick(choice, "README.md", true)).use).toEqual(["CLAUDE.md"]);
  });
});

needsChromium()("a repository's set-up on the page", () => {
  useStage();

  const files = [
    { kind: "instructions", path: "CLAUDE.md", text: "<b>Use tabs.</b> \u202eevil\n" },
    { kind: "mcp", path: ".mcp.json", text: '{"mcpServers":{}}' },
  ] as const;
  async function enter(role: "owner" | "approver") {
    const room = await makeWebRoom(server, { repo: "acme/widgets" });
    await server.api.deps.setups.offer(room.roomId, { commit: "1f0c2ab", files, refused: [] });
    const code = role === "owner" ? (await room.call("POST", "/invites", { role })).json.code : room.invites[role];
    const { page, errors } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code, name: "Mia" });
    await page.getByLabel("More").click();
    await page.getByRole("button", { name: "Manage" }).click();
    const manage = page.getByRole("dialog", { name: "Run this room" });
    return { room, manage, errors };
  }

  test("is shown to an owner with all of its text, who ticks what agents use", async () => {
    const { room, manage, errors } = await enter("owner");
    await manage.getByRole("tab", { name: "Repository" }).click();
    const part = manage.getByRole("region", { name: "What the repository sets up for agents" });
    await part.getByText("<b>Use tabs.</b>").waitFor();
    expect(await part.getByRole("region", { name: "Text of CLAUDE.md" }).innerText()).toContain("U+202E");
    await part.getByText("RUNS commands in the agents' containers").waitFor();
    await part.getByRole("button", { name: "Let agents use none of it" }).waitFor();
    await part.getByLabel("CLAUDE.md", { exact: true }).check();
    await part.getByRole("button", { name: "Let agents use 1 ticked file" }).click();
    await manage.getByText("Decided. Each agent has it from its next turn.").waitFor();
    const decided = await room.untilEvent("setup.decided");
    expect(decided).toMatchObject({ by: "mia", used: [{ path: "CLAUDE.md" }] });
    await part.getByText("read by the agents, in use").waitFor();
    expect(errors).toEqual([]);
  });

  test("that changed meanwhile is shown again, and nothing is decided", async () => {
    const { room, manage } = await enter("owner");
    await manage.getByRole("tab", { name: "Repository" }).click();
    const part = manage.getByRole("region", { name: "What the repository sets up for agents" });
    await part.getByLabel("CLAUDE.md", { exact: true }).check();
    const changed = [{ ...files[0], text: "Use spaces." }];
    await server.api.deps.setups.offer(room.roomId, { commit: "2f0c2ab", files: changed, refused: [] });
    await part.getByRole("button", { name: "Let agents use 1 ticked file" }).click();
    await part.getByText("The repository changed meanwhile").waitFor();
    await part.getByText("Use spaces.").waitFor();
    expect((await room.call("GET", "/setups")).json.offered.isOpen).toBe(true);
  });

  test("is not shown to people who are not owners", async () => {
    const { manage } = await enter("approver");
    await manage.getByRole("tab", { name: "Rules" }).click();
    await manage.getByText("Only an owner changes these.").waitFor();
    expect(await manage.getByRole("tab").allInnerTexts()).toEqual(["Agents", "People", "Rules", "Room"]);
  });
});
