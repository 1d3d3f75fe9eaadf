import { describe, expect, test } from "vitest";
import type { Fault } from "../../emulators/slack/faults.js";
import { channel, openThread, root, said, sent, startHearing } from "./harness.js";

const modes = ["socket", "http"] as const;
const post = { target: "call", method: "chat.postMessage" } as const;

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
    ["Slack has trouble", { ...post, mode: "error" }, "outcome_unknown", false],
    [
      "Slack has trouble, having done it",
      { ...post, mode: "error", error: "fatal_error", phase: "after" },
      "outcome_unknown",
      true,
    ],
    ["the answer is somebody's page", { ...post, mode: "garbage", phase: "after" }, "outcome_unknown", true],
    ["it hangs", { ...post, mode: "hang", phase: "after", delayMs: 100 }, "outcome_unknown", true],
    ["Slack refuses it", { ...post, mode: "error", error: "some_new_refusal" }, "refused", false],
  ])("%s: known or not, and found where it is", async (_, fault, code, isThere) => {
    const rig = await startHearing("http");
    const thread = await openThread(rig);
    rig.slack.faults.add(fault);
    await expect(rig.chat.post(thread, said("one"), "r1/1/0/0")).rejects.toMatchObject({ name: "ChatError", code });
    const found = await rig.chat.find(thread, sent("r1/1/0/0", said("one")));
    expect(found !== undefined).toBe(isThere);
    expect(rig.slack.people.thread(channel, thread.thread)).toHaveLength(isThere ? 2 : 1);
    expect(rig.slack.calls("chat.postMessage")).toHaveLength(2);
  });

  test("reports the wait at once, and does not delay other channels", async () => {
    const rig = await startHearing("http");
    const thread = await openThread(rig);
    rig.slack.faults.add({ ...post, mode: "rate_limit", retryAfterS: 30, match: thread.channel });
    const startedAtMs = Date.now();
    await expect(rig.chat.post(thread, said("one"), "r1/1/0/0")).rejects.toMatchObject({
      code: "rate_limited",
      retryAfterMs: 30_000,
      scope: "channel",
    });
    await rig.chat.post({ kind: "channel", channel: "C000BUILDS" }, root, "r2/0/0/0");
    expect(Date.now() - startedAtMs).toBeLessThan(15_000);
    rig.slack.faults.add({ target: "call", method: "chat.update", mode: "rate_limit", retryAfterS: 2 });
    await expect(rig.chat.edit(thread, [thread.thread], root)).rejects.toMatchObject({
      code: "rate_limited",
      retryAfterMs: 2_000,
      scope: "platform",
    });
    rig.slack.faults.add({ target: "call", method: "conversations.replies", mode: "rate_limit", retryAfterS: 2 });
    await expect(rig.chat.history(thread, 0)).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 2_000 });

    const calls = rig.slack.calls().length;
    await expect(rig.chat.find(thread, sent("k", said("one")))).rejects.toMatchObject({ code: "rate_limited" });
    await expect(rig.chat.post(thread, said("two"), "r1/2/0/0")).rejects.toMatchObject({ code: "rate_limited" });
    await expect(rig.chat.edit(thread, [thread.thread], root)).rejects.toMatchObject({ code: "rate_limited" });
    expect(rig.slack.calls()).toHaveLength(calls);
  });

  test("is known not to have happened when Slack is away", async () => {
    const rig = await startHearing("http");
    const thread = await openThread(rig);
    await rig.slack.kill();
    await expect(rig.chat.post(thread, said("one"), "k")).rejects.toMatchObject({ code: "unavailable" });
    await expect(rig.chat.find(thread, sent("k", said("one")))).rejects.toMatchObject({ code: "unavailable" });
    await expect(rig.chat.history(thread, 0)).rejects.toMatchObject({ code: "unavailable" });
  });

  test("does not hide behind a look-up that cannot see everything", async () => {
    const rig = await startHearing("http");
    const thread = await openThread(rig);
    rig.slack.faults.add({ target: "call", method: "conversations.replies", mode: "http_error", times: 3 });
    await expect(rig.chat.find(thread, sent("k", said("one")))).rejects.toMatchObject({ code: "unavailable" });
    rig.slack.faults.add({ target: "call", method: "conversations.replies", mode: "http_error", times: 2 });
    expect(await rig.chat.find(thread, sent("k", said("one")))).toBeUndefined();
  });

  test.each([
    ["an archived channel", "channel_gone", "Unarchive", "archive"],
    ["a channel that Parley was put out of", "channel_gone", "/invite", "removeBot"],
  ] as const)("in %s says so", async (_, code, words, what) => {
    const rig = await startHearing("http");
    const thread = await openThread(rig);
    rig.slack.admin[what](channel);
    const failed = rig.chat.post(thread, said("one"), "k");
    await expect(failed).rejects.toMatchObject({ code });
    await expect(failed).rejects.toThrow(words);
  });

  test("in a thread that was deleted says so, and an edit there has nothing to edit", async () => {
    const rig = await startHearing("http");
    const thread = await openThread(rig);
    const ids = await rig.chat.post(thread, said("one"), "k");
    rig.slack.admin.deleteThread(channel, thread.thread);
    await expect(rig.chat.post(thread, said("two"), "k2")).rejects.toMatchObject({ code: "thread_gone" });
    await expect(rig.chat.history(thread, 0)).rejects.toMatchObject({ code: "thread_gone" });
    await expect(rig.chat.edit(thread, ids, said("two"))).rejects.toMatchObject({ code: "post_gone" });
    await rig.chat.edit(thread, ids, "removed");
  });
});

describe.each(modes)("token and scopes, over %s", (mode) => {
  test("a revoked token is said, and a restored one is noticed", async () => {
    const rig = await startHearing(mode);
    const thread = await openThread(rig);
    expect(await rig.chat.check()).toEqual({ ok: true });
    const before = rig.connects();
    rig.slack.admin.revokeToken("bot");
    await expect(rig.chat.post(thread, said("one"), "k")).rejects.toMatchObject({ code: "unauthorized" });
    await rig.slack.until(() => rig.logged().includes("token_revoked"));
    const bad = await rig.chat.check();
    expect(bad.ok).toBe(false);
    expect(bad.detail).toContain("SLACK_BOT_TOKEN");
    rig.slack.admin.restoreToken("bot");
    await rig.slack.until(() => rig.connects() > before);
    expect(await rig.chat.check()).toEqual({ ok: true });
    expect(rig.logged()).not.toContain(rig.slack.env.SLACK_BOT_TOKEN);
  });

  test("without the right to use names, the text names the sender", async () => {
    const rig = await startHearing(mode);
    const thread = await openThread(rig);
    rig.slack.admin.dropScope("chat:write.customize");
    const ids = await rig.chat.post(thread, said("one"), "k");
    const [, message] = rig.slack.people.thread(channel, thread.thread);
    expect(message).toMatchObject({ author: { name: "Parley" }, ts: ids[0] });
    expect(message?.text).toContain("Coder:");
    expect(message?.text).toContain("one");
  });

  test("a missing scope is named, by health and by what needed it", async () => {
    const rig = await startHearing(mode);
    const thread = await openThread(rig);
    rig.slack.admin.dropScope("chat:write");
    const failed = rig.chat.post(thread, said("one"), "k");
    await expect(failed).rejects.toMatchObject({ code: "missing_permission" });
    await expect(failed).rejects.toThrow("chat:write");
    await rig.slack.until(() => rig.logged().includes("lacks the scope"));
    const health = await rig.chat.check();
    expect(health.ok).toBe(false);
    expect(health.detail).toContain("chat:write (Parley cannot post)");
  });
});
