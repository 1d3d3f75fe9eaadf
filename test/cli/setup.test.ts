import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDiscordEmulator, type DiscordEmulator } from "../emulators/discord/emulator.js";
import { openPortal as openDiscordPortal } from "../emulators/discord/portal.js";
import { createSlackEmulator, type SlackEmulator } from "../emulators/slack/emulator.js";
import { openPortal as openSlackPortal } from "../emulators/slack/portal.js";
import { freePort } from "../support/free-port.js";
import { type Home, makeHome } from "./support/cli.js";
import { runCliHere } from "./support/run-here.js";

let home: Home;
const endings: (() => unknown)[] = [];

beforeEach(async () => {
  home = await makeHome();
});
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
  await home.remove();
});

const env = async () => readFile(join(home.folder, ".env"), "utf8").catch(() => "");
/** Runs the wizard with these lines typed one after another; a text that wraps counts as one line. */
async function setUp(args: readonly string[], lines: readonly string[], given: Record<string, string>) {
  const input = lines.map((line) => `${line}\n`).join("");
  const { code, out, err } = await runCliHere(home, ["setup", ...args, "--no-start"], { env: given, input });
  return { code, out, err };
}

async function openSlack() {
  const slack = await createSlackEmulator();
  endings.push(() => slack.stop());
  const { SLACK_BOT_TOKEN: bot, SLACK_APP_TOKEN: app, SLACK_API_URL } = slack.env;
  const wizard = (args: readonly string[], lines: readonly string[], more: Record<string, string> = {}) =>
    setUp(["slack", "--public-url", "https://rooms.example.org", ...args], lines, { SLACK_API_URL, ...more });
  return { slack, bot, app, wizard };
}

async function openDiscord() {
  const discord = await createDiscordEmulator();
  endings.push(() => discord.stop());
  const { DISCORD_BOT_TOKEN: token, DISCORD_API_URL } = discord.env;
  const wizard = (args: readonly string[], lines: readonly string[], more: Record<string, string> = {}) =>
    setUp(["discord", "--public-url", "https://rooms.example.org", ...args], lines, { DISCORD_API_URL, ...more });
  return { discord, token, wizard };
}

const all = ["--approvers", "mia", "--channel", "general"];
const cardsOf = (slack: SlackEmulator) => slack.people.channel("general").map(({ text }) => text);
const discordCards = (discord: DiscordEmulator) =>
  discord.calls("POST message").map(({ body }) => body.embeds[0].title);

describe("parley setup slack", () => {
  test("writes tokens, approvers and the address, keeps what stands in .env, and posts a first card", async () => {
    const { slack, app, bot, wizard } = await openSlack();
    slack.admin.removeBot("general");
    await writeFile(join(home.folder, ".env"), "# mine\nOTHER=1\nSLACK_BOT_TOKEN=\n", { mode: 0o644 });
    const { code, out, err } = await wizard(all, [app, bot]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(await env()).toBe(
      `# mine\nOTHER=1\nSLACK_BOT_TOKEN=${bot}\nPARLEY_PUBLIC_URL=https://rooms.example.org\nSLACK_APP_TOKEN=${app}\nSLACK_APPROVERS=U000MIA\n`,
    );
    expect((await stat(join(home.folder, ".env"))).mode & 0o777).toBe(0o600);
    expect(cardsOf(slack)).toEqual([expect.stringContaining("Parley is here")]);
    expect(slack.violations()).toEqual([]);
    expect(out).not.toContain(app);
    expect(out).not.toContain(bot);
    expect(out).toContain("Parley in Harbor Lab, by Socket Mode");
  });

  test("prints a link that Slack's page takes, on one line", async () => {
    const { slack, wizard } = await openSlack();
    const portal = openSlackPortal(slack.workspace);
    const { out } = await wizard([], []);
    const link = /^ {2}(https:\/\/api\.slack\.com\S+)$/m.exec(out)?.[1] ?? "";
    portal.createApp(link);
    expect(slack.workspace.app().commands).toEqual(["/room"]);
  });

  test("asks again for a wrong token, the other token and no token, with what to do", async () => {
    const { app, bot, wizard } = await openSlack();
    const { code, out } = await wizard(all, [bot, "xapp-unknown-token", "ab", app, app, "xoxb-unknown", bot]);
    expect(code).toBe(0);
    expect(out).toContain("This is the bot token, not the app-level one.");
    expect(out).toContain("SLACK_APP_TOKEN is refused: invalid_auth.");
    expect(out).toContain("This is not a token (2 characters).");
    expect(out).toContain("This is the app-level token, not the bot's.");
    expect(out).toContain("SLACK_BOT_TOKEN is refused: invalid_auth.");
    expect(out).toMatch(/→ Copy the token again: it begins with xoxb-/);
    expect(out).not.toContain("xapp-unknown-token");
  });

  test("names missing scopes: those without which nothing can be posted stop it, others do not", async () => {
    const { slack, app, bot, wizard } = await openSlack();
    slack.admin.dropScope("files:read");
    const { code, out } = await wizard(all, [app, bot]);
    expect(code).toBe(0);
    expect(out).toContain("lacks the scope files:read (files of people cannot be read).");
    slack.admin.dropScope("chat:write");
    const stopped = await wizard(all, [app, bot]);
    expect(stopped.code).toBe(130);
    expect(stopped.out).toContain("chat:write (Parley cannot post)");
    expect(stopped.out).toContain("reinstall the app.");
  });

  test("says what an app-level token lacks", async () => {
    const { slack, app, wizard } = await openSlack();
    slack.workspace.changeApp({ appScopes: [] });
    expect((await wizard(all, [app])).out).toContain("The token lacks the scope connections:write.");
    slack.workspace.changeApp({ appScopes: ["connections:write"], requestUrl: "http://127.0.0.1:9" });
    expect((await wizard(all, [app])).out).toContain("Switch Socket Mode on under Settings, Socket Mode.");
  });

  test("says that there is no network, and writes nothing", async () => {
    const { code, out, err } = await setUp(["slack", "--public-url", "", ...all], ["xapp-1234567"], {
      SLACK_API_URL: `http://127.0.0.1:${await freePort()}/api`,
    });
    expect(code).toBe(130);
    expect(out).toContain("cannot be reached: ECONNREFUSED.");
    expect(out).toContain("Check the network of this machine");
    expect(err.replaceAll(/\s+/g, " ")).toContain("Nothing was written. Go on with parley setup slack.");
    expect(await env()).toBe("");
  });

  test("goes on where it ended: a value that works is not asked for again", async () => {
    const { app, bot, wizard } = await openSlack();
    const left = await wizard(all, [app]);
    expect(left.code).toBe(130);
    expect(left.err.replaceAll(/\s+/g, " ")).toMatch(
      /left before its end\. \.env keeps .*SLACK_APP_TOKEN.* parley setup slack\./,
    );
    const kept = await env();
    expect(kept).toContain(`SLACK_APP_TOKEN=${app}`);
    const { code, out } = await wizard(all, [bot], { SLACK_APP_TOKEN: app });
    expect(code).toBe(0);
    expect(out).toContain("Slack opens web sockets for it.");
  });

  test("finds approvers by handle, name or beginning, and lets a person choose between several", async () => {
    const { slack, app, bot, wizard } = await openSlack();
    const { people } = slack.workspace;
    const mia = people.get("U000MIA");
    if (mia === undefined) throw new Error("no mia");
    people.put("U000MIB", { ...mia, id: "U000MIB", name: "mia.b", displayName: "Mia", realName: "Mia Berg" });
    people.put("U000OLD", { ...mia, id: "U000OLD", name: "mia.old", deleted: true });
    const { out } = await wizard(
      ["--approvers", "Mia, @TOM, nobody", "--channel", ""],
      [app, bot, "9", "2", "weber", ""],
    );
    expect(out).toContain("1  Mia @mia");
    expect(out).toContain("2  Mia @mia.b");
    expect(out).not.toContain("mia.old");
    expect(out).toContain("No person here is called nobody.");
    expect(await env()).toContain("SLACK_APPROVERS=U000MIB,U000TOM\n");
  });

  test("says how to invite Parley where it cannot join, and goes on", async () => {
    const { slack, app, bot, wizard } = await openSlack();
    slack.admin.dropScope("channels:join");
    const { code, out } = await wizard(all, [app, bot]);
    expect(code).toBe(0);
    expect(out).toContain("Type /invite @Parley in #general");
  });

  test("asks for the address of the page, the approvers and the channel where they are not given", async () => {
    const { slack, app, bot } = await openSlack();
    const { SLACK_API_URL } = slack.env;
    const lines = ["rooms.example.org", "https://rooms.example.org", app, bot, "tom", "#builds"];
    const { code, out } = await setUp(["slack"], lines, { SLACK_API_URL });
    expect(code).toBe(0);
    expect(out).toContain("expected an http:// or https:// address");
    expect(await env()).toContain("PARLEY_PUBLIC_URL=https://rooms.example.org\n");
    expect(await env()).toContain("SLACK_APPROVERS=U000TOM\n");
    expect(slack.people.channel("builds")).toHaveLength(1);
  });

  test("warns where the environment holds another value than .env", async () => {
    const { app, bot, wizard } = await openSlack();
    const { out } = await wizard(all, [app, bot], { SLACK_BOT_TOKEN: "xoxb-of-yesterday" });
    expect(out).toContain("SLACK_BOT_TOKEN is set in the environment as well, which beats .env.");
    expect(out).not.toContain("yesterday");
  });
});

describe("parley setup discord", () => {
  test("switches the intent on, waits for the invite, finds people and roles, and posts a first card", async () => {
    const { discord, token, wizard } = await openDiscord();
    const portal = openDiscordPortal(discord);
    discord.store.state.roleNames = { "900000000000000001": "Leads" };
    portal.createApp("https://discord.com/developers/applications?new_application=true");
    portal.resetToken();
    const running = wizard(["--approvers", "mia, leads", "--channel", "general"], [token]);
    await discord.until(() => discord.calls("GET guilds").length > 2);
    portal.openInvite(await inviteOf(discord));
    portal.authorise();
    const { code, out, err } = await running;
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("The Message Content Intent is switched on.");
    expect(out).toContain("The server is Emulated.");
    expect(await env()).toBe(
      `PARLEY_PUBLIC_URL=https://rooms.example.org\nDISCORD_BOT_TOKEN=${token}\nDISCORD_GUILD_ID=700000000000000001\nDISCORD_APPROVERS=600000000000000001,900000000000000001\n`,
    );
    expect(discordCards(discord)).toEqual(["Parley is here"]);
    expect(discord.violations()).toEqual([]);
    expect(out).not.toContain(token);
  });

  test("prints an invite with every permission that Parley needs", async () => {
    const { discord, token, wizard } = await openDiscord();
    discord.admin.removeBot();
    const running = wizard([], [token]);
    await discord.until(() => discord.calls("GET guilds").length > 1);
    const portal = openDiscordPortal(discord);
    discord.admin.setToken(true);
    portal.openInvite(await inviteOf(discord));
    portal.authorise();
    const { out } = await running;
    expect(out).not.toContain("lacks the permission");
    expect(out).toContain(await inviteOf(discord));
  });

  test("says what to do about a wrong token, a missing permission and a missing network", async () => {
    const { discord, token, wizard } = await openDiscord();
    const wrong = await wizard([], ["wrong.discord.token"]);
    expect(wrong.code).toBe(130);
    expect(wrong.out).toContain("DISCORD_BOT_TOKEN is refused (status 401).");
    expect(wrong.out).toContain("Press Reset Token on the app's Bot page");
    expect(wrong.out).not.toContain("wrong.discord.token");
    discord.admin.deny(["manageThreads", "sendMessages"]);
    const denied = await wizard(["--approvers", "", "--channel", "general"], [token]);
    expect(denied.code).toBe(0);
    expect(denied.out).toContain("No card in #general: the app's role lacks a permission");
    expect(denied.out).toMatch(/lacks the permissions Send Messages \(no room can be made\), Manage Threads/);
    const deaf = await wizard([], [token], { DISCORD_API_URL: `http://127.0.0.1:${await freePort()}/api` });
    expect(deaf.out).toContain("cannot be reached: ECONNREFUSED.");
  });

  test("says how to switch the intent on by hand where Discord does not let the app", async () => {
    const { discord, token, wizard } = await openDiscord();
    discord.admin.setContent(false);
    discord.faults.add({ target: "rest", route: "PATCH application", mode: "error", status: 403, code: 50_013 });
    const { code, out } = await wizard(["--approvers", "", "--channel", ""], [token]);
    expect(code).toBe(0);
    expect(out).toContain("Switch Message Content Intent on, on the app's Bot page, and save.");
  });
});

test("parley setup is refused where nobody can answer or the build lacks the platform", async () => {
  const json = await runCliHere(home, ["setup", "slack", "--json"]);
  expect(json).toMatchObject({ code: 1 });
  const none = await runCliHere(home, ["setup", "slack"], { parts: [] });
  expect(none).toMatchObject({ code: 1, err: expect.stringContaining("no slack") });
});

/** The invite link as the app's own id makes it. */
async function inviteOf(discord: DiscordEmulator): Promise<string> {
  const { discordSetup } = await import("../../adapters/discord/setup.js");
  const link = await discordSetup.inviteLink?.(discord.env);
  if (link === undefined || !("found" in link)) throw new Error("no invite link");
  return link.found;
}
