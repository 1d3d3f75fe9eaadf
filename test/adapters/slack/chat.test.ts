import { describe, expect, test } from "vitest";
import { channel, gate, openThread, root, said, sent, startHearing } from "./harness.js";

const modes = ["socket", "http"] as const;

describe.each(modes)("what Parley shows, over %s", (mode) => {
  test("is a thread with a root card, agents' posts, quiet lines and a line of work", async () => {
    const rig = await startHearing(mode, { settings: { allowedMentions: ["U000MIA"] } });
    const { slack, chat } = rig;
    const thread = await openThread(rig);
    const to = [{ name: "reviewer" }, { name: "mia", userId: "U000MIA" }];
    await chat.post(thread, said("**done** @here <!channel>", { to }), "r1/1/0/0");
    await chat.post(thread, { kind: "line", text: "reviewer joined" }, "r1/2/0/0");
    const working = await chat.post(thread, { kind: "working", text: "coder: npm test" }, "r1/3/0/0");
    await chat.edit(thread, working, { kind: "working", text: "coder: npm test, 40 s" });

    const [card, message, line, work] = slack.people.thread(channel, thread.thread);
    expect(card).toMatchObject({ author: { name: "Parley" }, replies: 3 });
    expect(card?.text).toContain("fix-login");
    expect(card?.text).toContain("🟢 active · $0.50");
    expect(card?.text).toContain("Coder · working");
    expect(card?.buttons).toMatchObject([
      { text: "Pause" },
      { text: "Open in browser", url: "https://parley.example/r1" },
    ]);
    expect(message).toMatchObject({ author: { name: "Coder", icon: ":hammer_and_wrench:" }, unfurls: [] });
    expect(message?.text).toContain("→ @reviewer, @Mia");
    expect(message?.metadata).toEqual({ event_type: "parley_post", event_payload: { key: "r1/1/0/0" } });
    expect(line).toMatchObject({ author: { name: "Parley" }, text: "reviewer joined" });
    expect(work).toMatchObject({ text: "coder: npm test, 40 s", edited: true });

    await chat.edit(thread, working, "removed");
    await chat.edit(thread, working, "removed");
    expect(slack.people.thread(channel, thread.thread)).toHaveLength(3);
    await chat.edit(thread, [message?.ts ?? ""], "removed");
    expect(slack.people.thread(channel, thread.thread)[1]?.text).toBe("(withdrawn)");
    await slack.until(() => slack.pendingDeliveries() === 0);
    expect(rig.inbound).toEqual([]);
  });

  test("is found by its key, in its own place only", async () => {
    const rig = await startHearing(mode);
    const { chat, slack } = rig;
    const thread = await openThread(rig);
    const other = await openThread(rig, "r2/0/0/0");
    const ids = await chat.post(thread, said("one"), "r1/1/0/0");
    for (let n = 0; n < 3; n += 1) slack.people.say({ user: "mia", channel, threadTs: thread.thread, text: `${n}` });
    expect(await chat.find(thread, sent("r1/1/0/0", said("one")))).toEqual(ids);
    expect(await chat.find(thread, sent("r1/1/0/1", said("one")))).toBeUndefined();
    expect(await chat.find({ kind: "channel", channel }, sent("r1/0/0/0", root))).toEqual([thread.thread]);
    expect(await chat.find(other, sent("r1/1/0/0", said("one")))).toBeUndefined();
    const longAgo = { ...sent("r1/1/0/0", said("one")), firstSentAtMs: Date.now() + 120_000 };
    expect(await chat.find(thread, longAgo)).toBeUndefined();
  });

  test("is found behind many pages of other posts", async () => {
    const rig = await startHearing(mode, {
      settings: { postBurst: 10 },
      // No person writes 450 messages in one moment; on a busy machine the last are acknowledged late.
      broken: ["missing_ack", "late_ack"],
    });
    const thread = await openThread(rig);
    for (let n = 0; n < 450; n += 1)
      rig.slack.people.say({ user: "mia", channel, threadTs: thread.thread, text: `${n}` });
    const ids = await rig.chat.post(thread, said("late"), "r1/1/0/0");
    expect(await rig.chat.find(thread, sent("r1/1/0/0", said("late")))).toEqual(ids);
    expect(rig.slack.calls("conversations.replies")).toHaveLength(3);
  });

  test("finds the copy of a post beside the recorded one, and nothing once it is removed", async () => {
    const rig = await startHearing(mode, { broken: ["posted_twice"] });
    const { chat, slack } = rig;
    const thread = await openThread(rig);
    const recorded = await chat.post(thread, gate(), "r1/3/0/0");
    const copy = await chat.post(thread, gate(), "r1/3/0/0");
    const beside = { ...sent("r1/3/0/0", gate()), recordedIds: new Set(recorded) };
    expect(await chat.find(thread, beside)).toEqual(copy);
    await chat.edit(thread, copy, "removed");
    expect(await chat.find(thread, beside)).toBeUndefined();
    expect(slack.people.thread(channel, thread.thread).map(({ ts }) => ts)).toContain(recorded[0]);
  });

  test("asks a person in private, and finds and edits the question there", async () => {
    const rig = await startHearing(mode);
    const { chat, slack } = rig;
    const target = { kind: "person", userId: "U000ANA" } as const;
    const ids = await chat.post(target, gate(), "r1/4/0/0");
    expect(await chat.find(target, sent("r1/4/0/0", gate()))).toEqual(ids);
    const direct = slack.workspace.channels.values().find(({ kind }) => kind === "im")?.id ?? "";
    const [card] = slack.people.channel(direct);
    expect(card?.text).toContain("ship <!channel> it");
    const ts = card?.ts ?? "";
    await slack.people.click({ user: "ana", channel: direct, ts, actionId: "press:gate:1:approve" });
    expect(rig.inbound).toMatchObject([
      {
        channel: direct,
        user: { id: "U000ANA", displayName: "Ana" },
        action: { kind: "press", button: "gate:1:approve" },
      },
    ]);
    expect(rig.inbound[0]).not.toHaveProperty("thread");
    const resolved = { outcome: "approved", by: "ana", atMs: Date.now() };
    await chat.edit(target, ids, gate({ resolved }));
    expect(slack.people.channel(direct)[0]).toMatchObject({ buttons: [], edited: true });
  });

  test("posts a very long text as a file, once", async () => {
    const rig = await startHearing(mode);
    const { chat, slack } = rig;
    const thread = await openThread(rig);
    const long = said("the beginning", { file: { name: "coder-7.md", text: "all of it <!channel>" } });
    slack.faults.add({ target: "call", method: "files.completeUploadExternal", mode: "drop", phase: "before" });
    await expect(chat.post(thread, long, "r1/7/0/0")).rejects.toMatchObject({ code: "outcome_unknown" });
    const ids = await chat.find(thread, sent("r1/7/0/0", long));
    slack.faults.add({ target: "call", method: "files.completeUploadExternal", mode: "drop", phase: "after" });
    const second = said("the beginning", { file: { name: "coder-8.md", text: "more" } });
    await expect(chat.post(thread, second, "r1/8/0/0")).rejects.toMatchObject({ code: "outcome_unknown" });
    expect(await chat.find(thread, sent("r1/7/0/0", long))).toEqual(ids);
    await chat.find(thread, sent("r1/8/0/0", second));
    const shown = slack.people.thread(channel, thread.thread);
    expect(shown.flatMap(({ files }) => files)).toMatchObject([
      { name: "coder-7.md", content: "all of it <!channel>" },
      { name: "coder-8.md", content: "more" },
    ]);
    expect(shown.filter(({ text }) => text.includes("the beginning"))).toHaveLength(2);
    slack.faults.add({ target: "call", method: "upload", mode: "http_error" });
    await expect(chat.post(thread, long, "r1/9/0/0")).rejects.toMatchObject({ code: "unavailable" });
    await slack.until(() => slack.pendingDeliveries() === 0);
    expect(rig.inbound).toEqual([]);
  });
});
