import { expect, test } from "vitest";
import { noChannels, readChannels } from "../../../adapters/discord/channel-changes.js";
import type { ChannelChange } from "../../../src/ports/chat-inbound.js";
import type { DiscordEmulator } from "../../emulators/discord/emulator.js";
import { channel, startHearing } from "./harness.js";

test.each<[string, (discord: DiscordEmulator) => unknown, object]>([
  ["deleted", ({ admin }) => admin.deleteChannel(channel), { kind: "closed", why: "deleted" }],
  ["renamed", ({ admin }) => admin.rename(channel, "ops"), { kind: "renamed", name: "ops" }],
  ["made private", ({ admin }) => admin.makePrivate(channel, { withBot: true }), { kind: "private" }],
])("tells that a channel is %s", async (_name, act, change) => {
  const { discord, changes } = await startHearing();
  act(discord);
  await discord.until(() => changes.length > 0);
  expect(changes).toEqual([{ channel, ...change }]);
});

test("reports that Parley was removed from the server and that it is back", async () => {
  const { discord, changes } = await startHearing();
  const here = () => changes.filter((one) => one.channel === channel);
  discord.admin.removeBot();
  await discord.until(() => here().length === 1);
  discord.admin.inviteBot();
  await discord.until(() => here().length === 2);
  expect(here()).toEqual([
    { kind: "closed", channel, why: "left" },
    { kind: "open", channel },
  ]);
});

const guild = { id: "1", channels: [{ id: "51", type: 0, name: "general" }, null, { id: 7 }] };
const hidden = [{ id: "1", type: 0, allow: "0", deny: "1024" }];

test.each<[string, [string, unknown][], ChannelChange[]]>([
  ["a server that comes in", [], []],
  ["a server that comes in again, unchanged", [["GUILD_CREATE", guild]], []],
  [
    "a server that comes in again after a rename",
    [["GUILD_CREATE", { id: "1", channels: [{ id: "51", type: 0, name: "ops" }] }]],
    [{ kind: "renamed", channel: "51", name: "ops" }],
  ],
  ["a server that is away for a while", [["GUILD_DELETE", { id: "1", unavailable: true }]], []],
  ["another server that is left", [["GUILD_DELETE", { id: "2" }]], []],
  [
    "a channel that is made private and public again",
    [
      ["CHANNEL_UPDATE", { id: "51", type: 0, name: "general", guild_id: "1", permission_overwrites: hidden }],
      ["CHANNEL_UPDATE", { id: "51", type: 0, name: "general", guild_id: "1" }],
    ],
    [
      { kind: "private", channel: "51" },
      { kind: "open", channel: "51" },
    ],
  ],
  [
    "an event in an unknown form",
    [
      ["CHANNEL_UPDATE", { id: 51 }],
      ["CHANNEL_DELETE", null],
    ],
    [],
  ],
])("reads %s", (_name, events, changes) => {
  let { known } = readChannels(noChannels, "GUILD_CREATE", guild);
  const found: ChannelChange[] = [];
  for (const [event, data] of events) {
    const read = readChannels(known, event, data);
    known = read.known;
    found.push(...read.changes);
  }
  expect(found).toEqual(changes);
});
