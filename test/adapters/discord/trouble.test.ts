import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Fault } from "../../emulators/discord/faults.js";
import { openThread, type Rig, root, said, sent, startHearing } from "./harness.js";

const post = { target: "rest", route: "POST webhook" } as const;
const line = { kind: "line", text: "coder joined" } as const;
const builds = "500000000000000002";

describe("a post that goes wrong", () => {
  test.each<[string, Fault, string, boolean]>([
    ["the answer is lost", { ...post, mode: "drop", phase: "after" }, "outcome_unknown", true],
    ["the request is lost", { ...post, mode: "drop" }, "outcome_unknown", false],
    ["a proxy answers 503", { ...post, mode: "http_error" }, "outcome_unknown", false],
    [
      "a proxy answers 502 too late",
      { ...post, mode: "http_error", status: 502, phase: "after" },
      "outcome_unknown",
      true,
    ],
    ["the answer is somebody's page", { ...post, mode: "garbage", phase: "after" }, "outcome_unknown", true],
    ["it hangs", { ...post, mode: "hang", phase: "after", delayMs: 100 }, "outcome_unknown", true],
    ["Discord refuses it", { ...post, mode: "error", code: 99_999 }, "refused", false],
    [
      "Discord wants fewer edits of old messages",
      { ...post, mode: "error", status: 400, code: 30_046 },
      "rate_limited",
      false,
    ],
  ])("%s: known or not, and found where it is", async (_, fault, code, isThere) => {
    const rig = await startHearing();
    const thread = await openThread(rig);
    rig.discord.faults.add(fault);
    await expect(rig.chat.post(thread, said("one"), "k1")).rejects.toMatchObject({ name: "ChatError", code });
    expect(rig.discord.calls("POST webhook")).toHaveLength(1);
    const found = await rig.chat.find(thread, sent("k1", said("one")));
    expect(found !== undefined).toBe(isThere);
    expect(rig.discord.people.seen(thread.thread)).toHaveLength(isThere ? 2 : 1);
  });

  test("reports the wait at once, and does not delay other channels", async () => {
    const rig = await startHearing();
    const thread = await openThread(rig);
    await rig.chat.post(thread, said("zero"), "k0");
    const other = {
      kind: "thread",
      channel: builds,
      thread: (await rig.chat.post({ kind: "channel", channel: builds }, root, "r2"))[0] ?? "",
    } as const;
    rig.discord.faults.add({ ...post, mode: "rate_limit", retryAfterMs: 30_000 });
    const startedAtMs = Date.now();
    const limited = { code: "rate_limited", scope: "channel" };
    await expect(rig.chat.post(thread, said("one"), "k1")).rejects.toMatchObject(limited);
    const calls = rig.discord.calls("POST webhook").length;
    await expect(rig.chat.post(thread, said("one"), "k1")).rejects.toMatchObject(limited);
    expect(rig.discord.calls("POST webhook")).toHaveLength(calls);
    await rig.chat.post(other, said("elsewhere"), "k2");
    expect(Date.now() - startedAtMs).toBeLessThan(15_000);
  });

  test("a limit on reading delays the history and look-ups until it ends", async () => {
    const rig = await startHearing();
    const thread = await openThread(rig);
    rig.discord.faults.add({ target: "rest", route: "GET messages", mode: "rate_limit", retryAfterMs: 2_000 });
    const limited = { code: "rate_limited" };
    await expect(rig.chat.history(thread, 0)).rejects.toMatchObject(limited);
    await pause(100);
    await expect(rig.chat.find(thread, sent("k", said("one")))).rejects.toMatchObject(limited);
    await expect(rig.chat.history(thread, 0)).rejects.toMatchObject(limited);
    expect(rig.discord.calls("GET messages")).toHaveLength(1);
    await pause(2_100);
    expect(await rig.chat.history(thread, 0)).toEqual([]);
  });

  test("is known not to have happened when Discord is away", async () => {
    const rig = await startHearing();
    const thread = await openThread(rig);
    await rig.chat.post(thread, said("zero"), "k0");
    await rig.discord.kill();
    await rig.discord.until(() => rig.logged().includes("deaf"));
    await expect(rig.chat.post(thread, said("one"), "k")).rejects.toMatchObject({ code: "unavailable" });
    await expect(rig.chat.find(thread, sent("k", said("one")))).rejects.toMatchObject({ code: "unavailable" });
    await expect(rig.chat.history(thread, 0)).rejects.toMatchObject({ code: "unavailable" });
  });

  test("does not hide behind a look-up that cannot see everything", async () => {
    const rig = await startHearing();
    const thread = await openThread(rig);
    rig.discord.faults.add({ target: "rest", route: "GET messages", mode: "http_error" });
    await expect(rig.chat.find(thread, sent("k", said("one")))).rejects.toMatchObject({ code: "unavailable" });
    expect(await rig.chat.find(thread, sent("k", said("one")))).toBeUndefined();
  });
});

describe("a place that is not there any more", () => {
  /** Through the webhook and by the bot: both say the same. */
  async function bothFail({ chat }: Rig, thread: Awaited<ReturnType<typeof openThread>>, code: string, words: string) {
    for (const one of [said("one"), line]) {
      const failed = chat.post(thread, one, `k-${one.kind}`);
      await expect(failed).rejects.toMatchObject({ code });
      await expect(failed).rejects.toThrow(words);
    }
  }

  test("reports a deleted thread, and an edit there finds nothing to edit", async () => {
    const rig = await startHearing();
    const thread = await openThread(rig);
    const ids = await rig.chat.post(thread, line, "k");
    rig.discord.admin.deleteThread(thread.thread);
    await bothFail(rig, thread, "thread_gone", "/room attach");
    await expect(rig.chat.history(thread, 0)).rejects.toMatchObject({ code: "thread_gone" });
    await expect(rig.chat.find(thread, sent("k2", line))).rejects.toMatchObject({ code: "thread_gone" });
    await expect(rig.chat.edit(thread, ids, line)).rejects.toMatchObject({ code: "post_gone" });
    await rig.chat.edit(thread, ids, "removed");
  });

  test("reports a locked thread, and continues when it is unlocked", async () => {
    const rig = await startHearing();
    const thread = await openThread(rig);
    rig.discord.admin.lock(thread.thread);
    await bothFail(rig, thread, "thread_gone", "Unlock it");
    rig.discord.admin.open(thread.thread);
    await rig.chat.post(thread, said("again"), "k3");
  });

  test("reports a server that removed Parley, also in health, and works again after an invite", async () => {
    const rig = await startHearing();
    const thread = await openThread(rig);
    await rig.chat.post(thread, said("before"), "k0");
    rig.discord.admin.removeBot();
    await expect(rig.chat.post(thread, line, "k1")).rejects.toMatchObject({ code: "channel_gone" });
    await rig.discord.until(() => rig.logged().includes("not in this server"), 10_000);
    expect(await rig.chat.check()).toMatchObject({ ok: false, detail: expect.stringContaining("invite link") });
    rig.discord.admin.inviteBot();
    const connects = rig.connects();
    await rig.discord.until(() => rig.connects() > connects, 15_000);
    expect(await rig.chat.check()).toEqual({ ok: true });
    await rig.chat.post(thread, line, "k1");
  }, 180_000);
});

describe("token and permissions", () => {
  test("a token that was reset is reported, and a good one is noticed", async () => {
    const rig = await startHearing();
    const thread = await openThread(rig);
    const connects = rig.connects();
    rig.discord.admin.setToken(false);
    await expect(rig.chat.post(thread, line, "k")).rejects.toMatchObject({ code: "unauthorized" });
    await rig.discord.until(() => rig.logged().includes("does not accept"), 10_000);
    expect(await rig.chat.check()).toMatchObject({ ok: false, detail: expect.stringContaining("DISCORD_BOT_TOKEN") });
    rig.discord.admin.setToken(true);
    await rig.discord.until(() => rig.connects() > connects, 15_000);
    expect(await rig.chat.check()).toEqual({ ok: true });
    expect(rig.logged()).not.toContain(rig.discord.env.DISCORD_BOT_TOKEN);
  }, 180_000);

  test.each([
    ["manageWebhooks", said("one"), "Manage Webhooks"],
    ["sendMessagesInThreads", line, "Send Messages in Threads"],
  ] as const)("without %s a post is refused, and health names it", async (permission, one, name) => {
    const rig = await startHearing();
    const thread = await openThread(rig);
    rig.discord.admin.deny([permission]);
    await expect(rig.chat.post(thread, one, "k")).rejects.toMatchObject({ code: "missing_permission" });
    await rig.discord.until(() => rig.logged().includes(name), 10_000);
    expect(await rig.chat.check()).toMatchObject({ ok: false, detail: expect.stringContaining(name) });
  });
});
