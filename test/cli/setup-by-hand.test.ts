import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createDiscordEmulator } from "../emulators/discord/emulator.js";
import { openPortal as openDiscordPortal } from "../emulators/discord/portal.js";
import { createSlackEmulator } from "../emulators/slack/emulator.js";
import { openPortal as openSlackPortal } from "../emulators/slack/portal.js";
import { type Home, makeHome } from "./support/cli.js";
import { ensureBuilt, repositoryRoot } from "./support/ensure-built.js";
import { inTerminal, startInTerminal, type TerminalCli } from "./support/terminal.js";

let home: Home;
const endings: (() => unknown)[] = [];

beforeAll(ensureBuilt, 120_000);
beforeEach(async () => {
  home = await makeHome();
});
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
  await home.remove();
});

/** The numbered list of a document under this heading: one item for each thing to do by hand. */
async function listed(document: string): Promise<string[]> {
  const text = await readFile(join(repositoryRoot, "docs", document), "utf8");
  const part = text.split("\n## ").find((one) => one.startsWith("From nothing to a room")) ?? "";
  return [...part.matchAll(/^\d+\. (.*)$/gm)].map(([, item = ""]) => item);
}

/** Starts the wizard in a terminal; `byHand` carries out one thing that a person does, and counts it. */
function openTerminal(args: readonly string[], env: Record<string, string>) {
  const done: string[] = [];
  const byHand = async <T>(what: string, act: () => T): Promise<T> => {
    done.push(what);
    return act();
  };
  const usual = { PARLEY_PORT: "0", PARLEY_SANDBOX: "none", ...env };
  const start = (): TerminalCli => {
    const terminal = startInTerminal(home, args, { env: usual });
    endings.push(async () => {
      terminal.type("\u0003");
      const timer = setTimeout(() => terminal.process.kill("SIGKILL"), 20_000);
      await terminal.ended;
      clearTimeout(timer);
    });
    return terminal;
  };
  return { done, byHand, start };
}

const linkIn = (terminal: TerminalCli, pattern: RegExp): string => pattern.exec(terminal.raw())?.[1] ?? "";

inTerminal("from nothing to a room", () => {
  test("takes eight things by hand on Slack, as many as its document lists", async () => {
    const slack = await createSlackEmulator();
    endings.push(() => slack.stop());
    const portal = openSlackPortal(slack.workspace);
    const args = [
      "setup",
      "slack",
      "--approvers",
      "mia",
      "--channel",
      "general",
      "--public-url",
      "https://rooms.example.org",
    ];
    const { done, byHand, start } = openTerminal(args, { SLACK_API_URL: slack.env.SLACK_API_URL });

    const terminal = await byHand("start the wizard", start);
    await terminal.sees(/https:\/\/api\.slack\.com\S+\r?\n/);
    const link = linkIn(terminal, /(https:\/\/api\.slack\.com\S+)/);
    await byHand("open the link, choose the workspace, create the app", () => portal.createApp(link));
    const appToken = await byHand("generate the app-level token", () => portal.generateAppToken(["connections:write"]));
    await terminal.sees("Paste it here");
    await byHand("copy and paste it", () => terminal.type(`${appToken}\r`));
    await terminal.sees("opens web sockets");
    await byHand("install", () => portal.install());
    const botToken = await byHand("allow", () => portal.allow());
    await terminal.sees(/Bot token[\s\S]*Paste it here/);
    await byHand("copy and paste the bot token", () => terminal.type(`${botToken}\r`));
    await terminal.sees("Parley starts now", 240_000);
    await slack.until(() => slack.socketMode.connections() > 0, 240_000);
    await byHand("make a room", () =>
      slack.people.command({ user: "mia", channel: "general", text: "/room new fix-login" }),
    );
    const cards = () => slack.people.channel("general").map(({ text }) => text);
    await slack.until(() => cards().some((text) => text.includes("fix-login") && !text.includes("/room new")), 240_000);

    expect(done).toHaveLength(8);
    expect(await listed("slack.md")).toHaveLength(done.length);
    expect(cards()[0]).toContain("Parley is here");
    expect(terminal.raw()).not.toContain(appToken);
    expect(terminal.raw()).not.toContain(botToken);
    expect(await readFile(join(home.folder, ".env"), "utf8")).toContain("SLACK_APPROVERS=U000MIA\n");
    expect(slack.violations()).toEqual([]);
  }, 560_000);

  test("takes seven things by hand on Discord, as many as its document lists", async () => {
    const discord = await createDiscordEmulator();
    endings.push(() => discord.stop());
    const portal = openDiscordPortal(discord);
    const args = [
      "setup",
      "discord",
      "--approvers",
      "mia",
      "--channel",
      "general",
      "--public-url",
      "https://rooms.example.org",
    ];
    const { done, byHand, start } = openTerminal(args, { DISCORD_API_URL: discord.env.DISCORD_API_URL });

    const terminal = await byHand("start the wizard", start);
    await terminal.sees(/https:\/\/discord\.com\/developers\S+\r?\n/);
    const link = linkIn(terminal, /(https:\/\/discord\.com\/developers\S+)/);
    await byHand("open the link, name the app, create it", () => portal.createApp(link));
    const token = await byHand("reset the token", () => portal.resetToken());
    await terminal.sees("Paste it here");
    await byHand("copy and paste it", () => terminal.type(`${token}\r`));
    await terminal.sees(/https:\/\/discord\.com\/oauth2\S+\r?\n/);
    const invite = linkIn(terminal, /(https:\/\/discord\.com\/oauth2\S+)/);
    await byHand("open the invite, choose the server", () => portal.openInvite(invite));
    await byHand("authorise", () => portal.authorise());
    await terminal.sees("Parley starts now", 240_000);
    await discord.until(() => discord.store.state.commands.length > 0 && discord.gateway.connections() > 0, 240_000);
    await byHand("make a room", () =>
      discord.people.command({
        user: "mia",
        channel: "500000000000000001",
        verb: "new",
        options: { name: "fix-login" },
      }),
    );
    await discord.until(() => discord.people.threads("500000000000000001").length > 0, 240_000);

    expect(done).toHaveLength(7);
    expect(await listed("discord.md")).toHaveLength(done.length);
    expect(discord.people.seen("500000000000000001")[0]?.text).toContain("Parley is here");
    expect(terminal.raw()).not.toContain(token);
    expect(discord.violations()).toEqual([]);
  }, 560_000);
});
