import { expect, test } from "vitest";
import { createMemoryChat } from "../../../adapters/memory/chat.js";
import type { Inbound } from "../../../src/ports/chat.js";

const channel = { platform: "slack", channel: "c1" };
const line = (text: string) => ({ kind: "line" as const, text });
const says = (text: string): Omit<Inbound, "id" | "platform"> => ({
  atMs: 1,
  user: { id: "u1", displayName: "Mia" },
  channel: "c1",
  thread: "t1",
  action: { kind: "message", text, mentionsParley: false, startsWithOtherUser: false, files: [] },
});

test("a post is shown, can be changed, and is found by its key", async () => {
  const chat = createMemoryChat({ platform: "slack", nowMs: () => 5, supports: { maxPostChars: 10 } });
  const ids = await chat.post({ ...channel, thread: "t1" }, line("0123456789ab"), "r1/1/0/0");
  expect(ids).toHaveLength(2);
  await chat.edit(ids, channel, line("changed"));
  expect(chat.posts).toMatchObject([{ ids, key: "r1/1/0/0", thread: "t1", post: { text: "changed" }, edits: 1 }]);
  expect(await chat.find(channel, "r1/1/0/0", 5)).toEqual(ids);
  expect(await chat.find(channel, "r1/1/0/0", 6)).toBeUndefined();
  expect(await chat.find(channel, "r1/2/0/0", 0)).toBeUndefined();
  await expect(chat.edit(["gone"], channel, line("x"))).rejects.toMatchObject({ code: "refused" });
});

test("a failure before the effect leaves nothing; one after it leaves the post, to be found", async () => {
  const chat = createMemoryChat({ platform: "slack", nowMs: () => 0 });
  chat.planFaults(() => ({ kind: "before", retryAfterMs: 1_000 }));
  const refused = chat.post(channel, line("a"), "k1");
  await expect(refused).rejects.toMatchObject({ code: "unavailable", retryAfterMs: 1_000 });
  expect(await chat.find(channel, "k1", 0)).toBeUndefined();
  chat.planFaults((call) => (call === "post" ? { kind: "after" } : undefined));
  await expect(chat.post(channel, line("b"), "k2")).rejects.toMatchObject({ code: "timeout" });
  expect(await chat.find(channel, "k2", 0)).toHaveLength(1);
});

test("what people do is delivered, and what was missed is in the history", async () => {
  const chat = createMemoryChat({ platform: "slack", nowMs: () => 0 });
  const heard: Inbound[] = [];
  await chat.start(async (inbound) => {
    heard.push(inbound);
    return { kind: "text", text: "ok" };
  });
  expect(await chat.act(says("one"))).toEqual({ kind: "text", text: "ok" });
  chat.setDeaf(true);
  expect((await chat.check()).ok).toBe(false);
  expect(await chat.act(says("two"))).toBeUndefined();
  chat.setDeaf(false);
  expect(heard).toHaveLength(1);
  const missed = await chat.history({ ...channel, thread: "t1" }, heard[0]?.id);
  expect(missed).toMatchObject([{ platform: "slack", action: { text: "two" } }]);
  expect(await chat.history({ ...channel, thread: "t2" }, undefined)).toEqual([]);
  await chat.stop();
  expect(await chat.act(says("three"))).toBeUndefined();
});
