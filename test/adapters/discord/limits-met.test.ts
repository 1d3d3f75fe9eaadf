import { expect, test } from "vitest";
import { channel, openThread, root, sent, startChat, startEmulator, startHearing } from "./harness.js";

test("too many edits of an old message hold back that place alone", async () => {
  const settings = { oldEdits: { count: 1, windowMs: 60_000, ageMs: 0 } };
  const rig = await startHearing(await startEmulator({ settings }));
  const thread = await openThread(rig);
  await rig.chat.edit(thread, [thread.thread], root);
  await expect(rig.chat.edit(thread, [thread.thread], root)).rejects.toMatchObject({
    code: "rate_limited",
    scope: "channel",
  });
  expect(await rig.chat.check()).toMatchObject({ ok: true });
});

test("a server with as many open threads as it may have says so in the root, until one fits", async () => {
  const discord = await startEmulator({ settings: { activeThreads: 1 } });
  const rig = await startHearing(discord);
  const first = await openThread(rig);
  const target = { kind: "channel", channel } as const;
  await expect(rig.chat.post(target, root, "r2/0/0/0")).rejects.toMatchObject({ code: "outcome_unknown" });
  const full = { code: "missing_permission", message: expect.stringContaining("open threads") };
  await expect(rig.chat.find(target, sent("r2/0/0/0", root, [first.thread]))).rejects.toMatchObject(full);
  await expect(rig.chat.find(target, sent("r2/0/0/0", root, [first.thread]))).rejects.toMatchObject(full);
  const marked = () =>
    discord.people.seen(channel).filter(({ text }) => text.includes("does not let Parley open a thread"));
  expect(marked()).toHaveLength(1);
  discord.admin.archive(first.thread);
  expect(await rig.chat.find(target, sent("r2/0/0/0", root, [first.thread]))).toHaveLength(1);
  expect(marked()).toEqual([]);
});

test("an address that is shut out makes no further calls for a while, and health says so", async () => {
  const settings = { invalidRequests: { count: 1, windowMs: 600_000 } };
  const discord = await startEmulator({ settings, broken: ["banned"] });
  const rig = await startHearing(discord);
  discord.admin.deny(["sendMessages"]);
  const target = { kind: "channel", channel } as const;
  await expect(rig.chat.post(target, root, "r1")).rejects.toMatchObject({ code: "missing_permission" });
  const banned = { code: "rate_limited", scope: "platform" };
  await expect(rig.chat.post(target, root, "r1")).rejects.toMatchObject(banned);
  const refusals = () => discord.violations().length;
  const before = refusals();
  for (let at = 0; at < 5; at++) await expect(rig.chat.post(target, root, "r1")).rejects.toMatchObject(banned);
  expect(refusals()).toBe(before);
  expect(await rig.chat.check()).toMatchObject({ ok: false, detail: expect.stringContaining("names no time") });
});

test("a token that signed in too often is reset, and health says so", async () => {
  const discord = await startEmulator({
    settings: { identifies: { count: 0, windowMs: 60_000 } },
    broken: ["identify_limit"],
  });
  const rig = await startChat({ discord });
  await discord.until(() => discord.violations().length > 0);
  expect(await rig.chat.check()).toMatchObject({ ok: false });
});
