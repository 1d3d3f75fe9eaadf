import { describe, expect, test } from "vitest";
import type { Inbound } from "../../../src/ports/chat-inbound.js";
import { channel, gate, openThread, said, startHearing } from "./harness.js";

const modes = ["socket", "http"] as const;

describe.each(modes)("what people say, over %s", (mode) => {
  test("arrives as they read it, with the same ids and text as in the history", async () => {
    const rig = await startHearing(mode);
    const { slack, chat, inbound } = rig;
    const thread = await openThread(rig);
    await chat.post(thread, said("hello"), "r1/1/0/0");
    const sinceMs = Date.now() - 1_000;
    const say = (user: string, text: string, files: { name: string; content: string }[] = []) =>
      slack.people.say({ user, channel, threadTs: thread.thread, text, files });
    const { ts } = say("mia", "@coder see #general & <b> https://a.example");
    say("tom", "@mia lunch?");
    say("tom", "the log", [{ name: "log.txt", content: "boom" }]);
    say("ana", "@parley  who");
    slack.people.say({ user: "mia", channel, text: "not in a thread" });
    await slack.until(() => inbound.length === 4);
    const sorted = [...inbound].sort((a, b) => (a.id < b.id ? -1 : 1));
    const here = { platform: "slack", channel, thread: thread.thread };
    expect(sorted).toMatchObject([
      {
        ...here,
        id: `${channel}:${ts}`,
        user: { id: "U000MIA", displayName: "Mia" },
        action: {
          kind: "message",
          text: "@coder see #general & <b> https://a.example",
          startsWithUser: false,
          files: [],
        },
      },
      { ...here, user: { id: "U000TOM" }, action: { kind: "message", text: "@Mia lunch?", startsWithUser: true } },
      { ...here, action: { kind: "message", text: "the log", files: [{ name: "log.txt", bytes: 4 }] } },
      { ...here, user: { id: "U000ANA" }, action: { kind: "command", text: "who" } },
    ]);
    expect(Math.abs((sorted[0]?.atMs ?? 0) - Date.now())).toBeLessThan(10_000);
    expect(await chat.history(thread, sinceMs)).toEqual(sorted);
    const lastMs = sorted[3]?.atMs ?? 0;
    expect(await chat.history(thread, lastMs)).toEqual(sorted.filter(({ atMs }) => atMs >= lastMs));
    expect(await chat.history(thread, lastMs + 1)).toEqual([]);
  });

  test("arrives corrected after an edit; deletions are ignored", async () => {
    const rig = await startHearing(mode);
    const { slack, inbound } = rig;
    const thread = await openThread(rig);
    const { ts } = slack.people.say({ user: "mia", channel, threadTs: thread.thread, text: "fix it" });
    slack.people.editMessage({ user: "mia", channel, ts, text: "fix it now" });
    await slack.until(() => inbound.length === 2);
    slack.people.deleteMessage({ user: "mia", channel, ts });
    await slack.until(() => slack.pendingDeliveries() === 0);
    const correction = inbound.find(({ action }) => action.kind === "correction");
    expect(correction).toMatchObject({
      user: { id: "U000MIA" },
      thread: thread.thread,
      action: {
        kind: "correction",
        of: `${channel}:${ts}`,
        text: "fix it now",
        originalAtMs: Math.floor(Number(ts) * 1_000),
      },
    });
    expect(correction?.id).toMatch(new RegExp(`^${channel}:${ts}:edit:`));
    expect(inbound).toHaveLength(2);
  });

  test("comes again, under the same id, until it is stored", async () => {
    const settings = { redeliveryDelaysMs: [50, 50, 50], ackTimeoutMs: 1_000 };
    const rig = await startHearing(mode, { settings, broken: ["missing_ack"] });
    const { slack, inbound } = rig;
    const thread = await openThread(rig);
    let stored = 0;
    rig.replyWith(() => {
      if (inbound.length < 3) throw new Error("the disk is full");
      stored += 1;
      return { kind: "none" };
    });
    slack.people.say({ user: "mia", channel, threadTs: thread.thread, text: "hello" });
    await slack.until(() => stored === 1);
    await slack.until(() => slack.pendingDeliveries() === 0);
    expect(new Set(inbound.map(({ id }) => id)).size).toBe(1);
    expect(inbound).toHaveLength(3);
    expect(slack.lostEvents()).toEqual([]);
  });

  test("has one id each, also when Slack delivers twice and out of order", async () => {
    const rig = await startHearing(mode);
    const { slack, inbound } = rig;
    const thread = await openThread(rig);
    slack.faults.add({ target: "delivery", mode: "duplicate", method: "event", match: "twice", times: 2 });
    slack.faults.add({ target: "delivery", mode: "duplicate", method: "slash" });
    slack.people.say({ user: "mia", channel, threadTs: thread.thread, text: "twice" });
    await slack.people.command({ user: "mia", channel, text: "/room list" });
    await slack.until(() => inbound.length === 4);
    expect(new Set(inbound.map(({ id }) => id)).size).toBe(2);
  });

  test("can be a file, up to a size, with the right to read it", async () => {
    const rig = await startHearing(mode);
    const { slack, chat, inbound } = rig;
    const thread = await openThread(rig);
    const files = [{ name: "log.txt", content: "boom".repeat(1_000) }];
    slack.people.say({ user: "mia", channel, threadTs: thread.thread, text: "look", files });
    await slack.until(() => inbound.length === 1);
    const action = inbound[0]?.action;
    const file = action?.kind === "message" ? action.files[0] : undefined;
    if (file === undefined) throw new Error("no file arrived");
    expect(Buffer.from(await chat.download(file, 4_000)).toString()).toBe("boom".repeat(1_000));
    await expect(chat.download(file, 3_999)).rejects.toMatchObject({ code: "refused" });
    await expect(chat.download({ ...file, bytes: 1 }, 3_999)).rejects.toMatchObject({ code: "refused" });
    await expect(
      chat.download({ ...file, url: `${file.url}`.replace(/F[0-9A-Z]+/, "F0") }, 4_000),
    ).rejects.toMatchObject({
      code: "refused",
    });
    for (const url of ["https://evil.example/x", "http://slack.com/x", "https://slack.com.evil.example/x", "no url"])
      await expect(chat.download({ ...file, url }, 4_000)).rejects.toMatchObject({ code: "refused" });
    slack.admin.dropScope("files:read");
    await expect(chat.download(file, 4_000)).rejects.toMatchObject({ code: "missing_permission" });
  });
});

describe.each(modes)("what people do, over %s", (mode) => {
  test("is a command, answered in private", async () => {
    const rig = await startHearing(mode);
    const { slack, inbound } = rig;
    const thread = await openThread(rig);
    rig.replyWith(() => ({ kind: "text", text: "Try <!here> /room new" }));
    const typed = await slack.people.command({ user: "mia", channel, text: "/room new fix with coder for @tom" });
    expect(typed).toMatchObject({ ok: true });
    expect(inbound[0]).toMatchObject({
      channel,
      user: { id: "U000MIA", displayName: "Mia" },
      action: { kind: "command", text: "new fix with coder for @Tom" },
    });
    expect(inbound[0]).not.toHaveProperty("thread");
    slack.people.say({ user: "tom", channel, threadTs: thread.thread, text: "@parley nonsense" });
    await slack.until(() => slack.people.whispers("tom").length === 1);
    expect(slack.people.whispers("mia").map(({ text }) => text)).toEqual(["Try <!here> /room new"]);
    expect(slack.people.whispers("tom")).toMatchObject([{ threadTs: thread.thread, text: "Try <!here> /room new" }]);
    expect(slack.people.whispers("ana")).toEqual([]);
    slack.people.say({ user: "ana", channel: "general", text: "@parley: list" });
    await slack.until(() => slack.people.whispers("ana").length === 1);
    expect(inbound.at(-1)).toMatchObject({ action: { kind: "command", text: "list" } });
  });

  test("comes under the display name that the person has now", async () => {
    const rig = await startHearing(mode);
    const { slack, inbound } = rig;
    const thread = await openThread(rig);
    const nameOf = async (text: string) => {
      slack.people.say({ user: "mia", channel, threadTs: thread.thread, text });
      const isIt = ({ action }: Inbound) => action.kind === "message" && action.text === text;
      return (await slack.until(() => inbound.find(isIt))).user.displayName;
    };
    expect(await nameOf("one")).toBe("Mia");
    slack.admin.renamePerson("U000MIA", "Mia (on call)");
    expect(await nameOf("two")).toBe("Mia (on call)");
    // Slack sends the event only to apps with this scope.
    slack.admin.dropScope("users:read");
    slack.admin.renamePerson("U000MIA", "Mimi");
    expect(await nameOf("three")).toBe("Mia (on call)");
    slack.admin.grantScope("users:read");
    slack.admin.renamePerson("U000MIA", "");
    expect(await nameOf("four")).toBe("Mia Chen");
  });

  test("is a press, a form and its text", async () => {
    const rig = await startHearing(mode);
    const { slack, chat, inbound } = rig;
    const thread = await openThread(rig);
    const [ts = ""] = await chat.post(thread, gate(), "r1/5/0/0");
    const form = {
      id: "edit:gate:1",
      title: "Edit before sending",
      label: "Message",
      value: "ship <!channel> it",
      multiline: true,
      required: true,
      maxChars: 3_000,
    };
    rig.replyWith(() => ({ kind: "form", form }));
    expect(await slack.people.click({ user: "mia", channel, ts, actionId: "press:gate:1:edit" })).toMatchObject({
      ok: true,
    });
    expect(inbound[0]).toMatchObject({
      channel,
      thread: thread.thread,
      action: { kind: "press", button: "gate:1:edit" },
    });
    const modal = await slack.until(() => slack.people.modals("mia")[0]);
    expect(modal).toMatchObject({
      title: "Edit before sending",
      fields: [{ label: "Message", value: "ship <!channel> it", optional: false }],
    });

    rig.replyWith(() => Promise.reject(new Error("the disk is full")));
    const failed = await slack.people.submit({ user: "mia", values: { text: "ship it" } });
    expect(failed).toMatchObject({ result: "errors", by: "app" });
    rig.replyWith(() => ({ kind: "text", text: "tom was faster" }));
    expect(await slack.people.submit({ user: "mia", values: { text: "ship it" } })).toEqual({ result: "updated" });
    expect(slack.people.modals("mia")[0]?.text).toBe("tom was faster\nship it");
    await slack.people.closeModal("mia");

    rig.replyWith(() => ({ kind: "form", form }));
    await slack.people.click({ user: "tom", channel, ts, actionId: "press:gate:1:edit" });
    await slack.until(() => slack.people.modals("tom").length === 1);
    rig.replyWith(() => ({ kind: "none" }));
    expect(await slack.people.submit({ user: "tom", values: { text: "ship it on Friday" } })).toEqual({
      result: "closed",
    });
    expect(inbound.at(-1)).toMatchObject({
      channel,
      thread: thread.thread,
      user: { id: "U000TOM", displayName: "Tom" },
      action: { kind: "submit", form: "edit:gate:1", text: "ship it on Friday" },
    });
    expect(new Set(inbound.map(({ id }) => id)).size).toBe(inbound.length);
  });

  test("is a press on the root card, answered privately; links are ignored", async () => {
    const rig = await startHearing(mode);
    const { slack, inbound } = rig;
    const { thread: ts } = await openThread(rig);
    rig.replyWith(() => ({ kind: "text", text: "Only owners may." }));
    await slack.people.click({ user: "tom", channel, ts, actionId: "press:room:pause:r1" });
    await slack.until(() => slack.people.whispers("tom").length === 1);
    expect(inbound).toMatchObject([{ thread: ts, action: { kind: "press", button: "room:pause:r1" } }]);
    expect(await slack.people.click({ user: "tom", channel, ts, actionId: "link:1" })).toMatchObject({ ok: true });
    expect(inbound).toHaveLength(1);
    expect(slack.people.thread(channel, ts)[0]?.edited).toBe(false);
  });

  test("is reported as failed when it could not be stored", async () => {
    const rig = await startHearing(mode);
    const { slack, chat } = rig;
    const thread = await openThread(rig);
    const [ts = ""] = await chat.post(thread, gate(), "r1/5/0/0");
    rig.replyWith(() => Promise.reject(new Error("the disk is full")));
    expect(await slack.people.command({ user: "mia", channel, text: "/room list" })).toMatchObject({ ok: true });
    await slack.people.click({ user: "mia", channel, ts, actionId: "press:gate:1:drop" });
    await slack.until(() => slack.people.whispers("mia").length === 2);
    for (const { text } of slack.people.whispers("mia")) expect(text).toContain("nothing happened");
  });

  test("is acknowledged in time, and answered later, when Parley is slow", async () => {
    const rig = await startHearing(mode);
    const { slack, chat, inbound } = rig;
    const thread = await openThread(rig);
    const [ts = ""] = await chat.post(thread, gate(), "r1/5/0/0");
    const answers: ((reply: { kind: "text"; text: string }) => void)[] = [];
    rig.replyWith(() => new Promise((resolve) => answers.push(resolve)));
    const typed = slack.people.command({ user: "mia", channel, text: "/room list" });
    const clicked = slack.people.click({ user: "tom", channel, ts, actionId: "press:gate:1:drop" });
    expect(await typed).toMatchObject({ ok: true });
    expect(await clicked).toMatchObject({ ok: true });
    for (const answer of answers) answer({ kind: "text", text: "there it is" });
    await slack.until(() => slack.people.whispers("mia").length === 2 && slack.people.whispers("tom").length === 1);
    expect(slack.people.whispers("mia")[0]?.text).toContain("longer than Slack waits");
    expect(slack.people.whispers("mia")[1]?.text).toBe("there it is");
    expect(inbound).toHaveLength(2);
  });

  test("can be a direct message to Parley", async () => {
    const rig = await startHearing(mode);
    const { slack, inbound, chat } = rig;
    await chat.post({ kind: "person", userId: "U000MIA" }, { kind: "line", text: "hello" }, "k");
    const direct = slack.workspace.channels.values().find(({ kind }) => kind === "im")?.id ?? "";
    slack.people.say({ user: "mia", channel: direct, text: "help" });
    await slack.until(() => inbound.length === 1);
    expect(inbound).toMatchObject([{ channel: direct, action: { kind: "command", text: "help" } }]);
  });
});

test("buttons keep their ids on the way", async () => {
  const rig = await startHearing("http");
  const thread = await openThread(rig);
  const id = `${"a.B-9_:".repeat(12)}end`;
  const buttons = [{ kind: "press", id, label: "x", style: "plain" }];
  const [ts = ""] = await rig.chat.post(thread, gate({ buttons }), "k");
  const [button] = rig.slack.people.thread(channel, thread.thread)[1]?.buttons ?? [];
  await rig.slack.people.click({ user: "mia", channel, ts, actionId: button?.actionId ?? "" });
  expect(rig.inbound).toMatchObject([{ action: { kind: "press", button: id } }]);
});
