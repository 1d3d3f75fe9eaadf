import { expect, test } from "vitest";
import { channel as discordChannel, startEmulator as startDiscord } from "../../adapters/discord/harness.js";
import { channel as slackChannel, startEmulator as startSlack } from "../../adapters/slack/harness.js";
import { missingVariables, runLive } from "./live.js";

test("every step passes against the emulated Slack, and what can be removed is removed", async () => {
  const slack = await startSlack();
  const lines: string[] = [];
  const env = { ...slack.env, PARLEY_LIVE_CHANNEL: slackChannel };
  expect(await runLive("slack", { env, print: (line) => lines.push(line) })).toEqual([]);
  expect(lines).toHaveLength(12);
  const left = slack.workspace.messages.values().map(({ text }) => text);
  expect(left.every((text) => ["(withdrawn)", "This message was deleted.", ""].includes(text))).toBe(true);
}, 120_000);

test("every step passes against the emulated Discord, and everything is removed", async () => {
  const discord = await startDiscord();
  const lines: string[] = [];
  const env = { ...discord.env, PARLEY_LIVE_CHANNEL: discordChannel };
  expect(await runLive("discord", { env, print: (line) => lines.push(line) })).toEqual([]);
  expect(lines).toHaveLength(12);
  expect(Object.values(discord.store.state.messages).flat()).toEqual([]);
}, 120_000);

test("a step that fails is named", async () => {
  const slack = await startSlack();
  const env = { ...slack.env, PARLEY_LIVE_CHANNEL: "C000NOWHERE" };
  const failed = await runLive("slack", { env, print: () => {} });
  expect(failed).toEqual(["opens a thread"]);
}, 120_000);

test("what is missing of the environment is named with its meaning", () => {
  expect(missingVariables("discord", { DISCORD_BOT_TOKEN: "x" })).toEqual([
    "DISCORD_GUILD_ID: id of a server for tests",
    "PARLEY_LIVE_CHANNEL: id of a text channel for tests in it",
  ]);
});
