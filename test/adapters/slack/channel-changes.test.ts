import { expect, test } from "vitest";
import { readChannelChange } from "../../../adapters/slack/channel-changes.js";
import type { SlackEmulator } from "../../emulators/slack/emulator.js";
import { channel, type Mode, startHearing } from "./harness.js";

test.each<[string, Mode, (slack: SlackEmulator) => unknown, object]>([
  ["archived", "socket", ({ admin }) => admin.archive(channel), { kind: "closed", why: "archived" }],
  ["archived, told over HTTP", "http", ({ admin }) => admin.archive(channel), { kind: "closed", why: "archived" }],
  ["deleted", "socket", ({ admin }) => admin.deleteChannel(channel), { kind: "closed", why: "deleted" }],
  ["left", "socket", ({ admin }) => admin.removeBot(channel), { kind: "closed", why: "left" }],
  ["renamed", "socket", ({ admin }) => admin.rename(channel, "ops"), { kind: "renamed", name: "ops" }],
  ["made private", "socket", ({ admin }) => admin.makePrivate(channel), { kind: "private" }],
  ["moved", "socket", ({ admin }) => admin.changeId(channel), { kind: "moved", to: expect.stringMatching(/^C/) }],
])("tells that a channel is %s", async (_name, mode, act, change) => {
  const { slack, changes } = await startHearing(mode);
  act(slack);
  await slack.until(() => changes.length > 0);
  expect(changes).toEqual([{ channel, ...change }]);
});

test("tells that a channel is open again", async () => {
  const { slack, changes } = await startHearing("socket");
  slack.admin.archive(channel);
  slack.admin.unarchive(channel);
  slack.admin.removeBot(channel);
  slack.admin.inviteBot(channel);
  await slack.until(() => changes.length === 4);
  expect(changes.map(({ kind }) => kind).sort()).toEqual(["closed", "closed", "open", "open"]);
});

test.each<[string, object]>([
  ["a person who leaves", { type: "member_left_channel", channel: "C1", user: "U1" }],
  ["a person who comes", { type: "member_joined_channel", channel: "C1", user: "U1" }],
  ["a message", { type: "message", channel: "C1", user: "U1", ts: "1.0", text: "channel_archive" }],
  ["a rename without a name", { type: "message", subtype: "channel_name", channel: "C1" }],
  ["the event beside the message about a rename", { type: "channel_rename", channel: { id: "C1", name: "x" } }],
  ["a change of id without ids", { type: "channel_id_changed", old_channel_id: 7 }],
])("reads no change in %s", (_name, event) => {
  expect(readChannelChange({ type: "event_callback", event }, "UBOT")).toBeUndefined();
});

test.each<[string, object, string]>([
  ["group_archive", { channel: "C1" }, "closed"],
  ["group_left", { channel: "C1" }, "closed"],
  ["group_deleted", { channel: "C1" }, "closed"],
  ["group_unarchive", { channel: "C1" }, "open"],
  ["message", { subtype: "group_name", channel: "C1", name: "x" }, "renamed"],
  ["member_left_channel", { channel: "C1", user: "UBOT" }, "closed"],
  ["message", { subtype: "channel_name", channel: "C1", name: "x", old_name: "y" }, "renamed"],
])("reads %s", (type, more, kind) => {
  expect(readChannelChange({ type: "event_callback", event: { type, ...more } }, "UBOT")).toMatchObject({ kind });
});
