import { expect, test } from "vitest";
import { createMemoryChat } from "../../../adapters/memory/chat.js";
import type { ChatPost, Inbound, InboundAction, ThreadTarget } from "../../../src/ports/chat.js";
import { ChatError } from "../../../src/ports/chat-error.js";

const thread: ThreadTarget = { kind: "thread", channel: "c1", thread: "t1" };
const line = (text: string): ChatPost => ({ kind: "line", text });
const sent = (key: string, firstSentAtMs = 0) => ({
  key,
  post: line(""),
  firstSentAtMs,
  recordedIds: new Set<string>(),
});
const card = { roomId: "r1", name: "Fix", state: "active", participants: [], usd: 0, buttons: [] } as const;
const open = (nowMs = 0) => createMemoryChat({ platform: "slack", nowMs: () => nowMs });

test("a post is shown, can be changed and removed in its place, and is found by its key", async () => {
  const chat = open(100_000);
  const ids = await chat.post(thread, line("one"), "r1/1/0/0");
  await chat.edit(thread, ids, line("changed"));
  expect(chat.posts).toMatchObject([{ ids, key: "r1/1/0/0", target: thread, post: { text: "changed" }, edits: 1 }]);
  expect(await chat.find(thread, sent("r1/1/0/0", 160_000))).toEqual(ids);
  expect(await chat.find(thread, sent("r1/1/0/0", 160_001))).toBeUndefined();
  expect(await chat.find(thread, sent("r1/2/0/0"))).toBeUndefined();
  expect(await chat.find({ ...thread, thread: "t2" }, sent("r1/1/0/0"))).toBeUndefined();
  await chat.edit(thread, ids, "removed");
  expect(chat.posts[0]?.post).toBe("removed");
});

test("what no platform takes is refused", async () => {
  const chat = open();
  const channel = { kind: "channel", channel: "c1" } as const;
  await expect(chat.post(channel, line("x"), "k")).rejects.toMatchObject({ name: "ChatError", code: "refused" });
  expect(await chat.post(channel, { kind: "root", card }, "k")).toHaveLength(1);
  await expect(chat.post(thread, line("x"), "k".repeat(201))).rejects.toMatchObject({ code: "refused" });
  await expect(chat.edit(thread, ["gone"], line("x"))).rejects.toMatchObject({ code: "post_gone" });
});

test("a failure before the effect leaves nothing; one after it leaves the post, to be found", async () => {
  const chat = open();
  const limited = new ChatError("Wait.", { code: "rate_limited", retryAfterMs: 1_000 });
  chat.planFaults(() => ({ when: "before", error: limited }));
  await expect(chat.post(thread, line("a"), "k1")).rejects.toBe(limited);
  await expect(chat.history(thread, 0)).rejects.toBe(limited);
  const unknown = new ChatError("No answer.", { code: "outcome_unknown" });
  chat.planFaults((call) => (call === "post" ? { when: "after", error: unknown } : undefined));
  expect(await chat.find(thread, sent("k1"))).toBeUndefined();
  await expect(chat.post(thread, line("b"), "k2")).rejects.toBe(unknown);
  expect(await chat.find(thread, sent("k2"))).toHaveLength(1);
});

test("what people do is delivered, and what was missed is in the history", async () => {
  let nowMs = 0;
  const chat = createMemoryChat({ platform: "slack", nowMs: () => (nowMs += 10) });
  const heard: Inbound[] = [];
  let connections = 0;
  const { stop } = await chat.start({
    async deliver(inbound) {
      heard.push(inbound);
      return { kind: "text", text: "ok" };
    },
    connected() {
      connections += 1;
    },
  });
  const act = (action: InboundAction) =>
    chat.act({ user: { id: "u1", displayName: "Mia" }, channel: "c1", thread: "t1", action });
  const say = (text: string) => act({ kind: "message", text, startsWithUser: false, files: [] });
  expect(await say("one")).toEqual({ kind: "text", text: "ok" });
  expect(await act({ kind: "press", button: "b1" })).toEqual({ kind: "text", text: "ok" });
  chat.setDeaf(true);
  expect((await chat.check()).ok).toBe(false);
  expect(await say("two")).toBeUndefined();
  chat.setDeaf(false);
  expect([heard.length, connections]).toEqual([2, 2]);
  const history = await chat.history(thread, heard[0]?.atMs ?? 0);
  expect(history.map(({ action }) => "text" in action && action.text)).toEqual(["one", "two"]);
  expect(history[0]).toEqual(heard[0]);
  expect(await chat.history({ ...thread, thread: "t2" }, 0)).toEqual([]);
  await stop();
  expect(await say("three")).toBeUndefined();
});

test("a file is downloaded as it was, unless it is too large", async () => {
  const chat = open();
  chat.addFile("file:1", new Uint8Array([1, 2, 3]));
  const file = { name: "a.bin", url: "file:1", bytes: 3 };
  expect(await chat.download(file, 3)).toEqual(new Uint8Array([1, 2, 3]));
  await expect(chat.download(file, 2)).rejects.toMatchObject({ code: "refused" });
  await expect(chat.download({ ...file, url: "file:2" }, 9)).rejects.toMatchObject({ code: "refused" });
});
