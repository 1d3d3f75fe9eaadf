import { describe, expect, test } from "vitest";
import { createMemoryPlatform } from "../../../adapters/memory/chat.js";
import { createManualClock } from "../../../adapters/memory/clock.js";
import type { ChatTarget } from "../../../src/ports/chat.js";
import type { Inbound, Reply } from "../../../src/ports/chat-inbound.js";
import type { ChatPost } from "../../../src/ports/chat-post.js";

const root: ChatPost = {
  kind: "root",
  card: { roomId: "r1", name: "One", state: "active", participants: [], usd: 0, buttons: [] },
};
const line = (text: string): ChatPost => ({ kind: "line", text });
const channel: ChatTarget = { kind: "channel", channel: "C1" };
const says = (text: string) => ({ kind: "message" as const, text, startsWithUser: false, files: [] });
const user = { id: "U1", displayName: "Mia" };

async function open(startMs = 1_000_000) {
  const clock = createManualClock(startMs);
  const platform = createMemoryPlatform({ platform: "memory", clock });
  const chat = platform.chat();
  const [thread = ""] = await chat.post(channel, root, "r1/root");
  return { clock, platform, chat, place: { kind: "thread" as const, channel: "C1", thread } };
}

describe("the platform in memory", () => {
  test("shows a post in its thread, changes it, takes it away, and finds it by its key", async () => {
    const { platform, chat, place } = await open();
    const ids = await chat.post(place, line("hello"), "k1");
    await chat.edit(place, ids, line("changed"));
    expect(platform.thread("C1", place.thread)).toMatchObject([
      { kind: "post", shown: { ids, post: { text: "changed" } } },
    ]);
    const sent = { key: "k1", post: line("hello"), firstSentAtMs: 1_000_000, recordedIds: new Set<string>() };
    expect(await chat.find(place, sent)).toEqual(ids);
    expect(await chat.find(place, { ...sent, key: "k2" })).toBeUndefined();
    expect(await chat.find(place, { ...sent, firstSentAtMs: 1_100_000 })).toBeUndefined();
    await chat.edit(place, ids, "removed");
    await expect(chat.edit(place, ids, line("again"))).rejects.toMatchObject({ code: "post_gone" });
  });

  test("fails before, after and without an answer, and records calls that come too early", async () => {
    const { clock, platform, chat, place } = await open();
    platform.planFaults(() => ({ kind: "lost", hasEffect: true }));
    await expect(chat.post(place, line("a"), "k1")).rejects.toMatchObject({ code: "outcome_unknown" });
    platform.planFaults(() => ({ kind: "lost", hasEffect: false }));
    await expect(chat.post(place, line("b"), "k2")).rejects.toMatchObject({ code: "outcome_unknown" });
    expect(platform.posts.map(({ key }) => key)).toEqual(["r1/root", "k1"]);
    platform.planFaults(() => ({ kind: "limited", retryAfterMs: 1_000 }));
    await expect(chat.post(place, line("c"), "k3")).rejects.toMatchObject({
      code: "rate_limited",
      retryAfterMs: 1_000,
    });
    platform.planFaults(() => undefined);
    clock.advance(1_000);
    await chat.post(place, line("c"), "k3");
    expect(platform.violations).toEqual([]);
    platform.planFaults((call) => (call === "post" ? { kind: "limited", retryAfterMs: 1_000 } : undefined));
    await chat.post(place, line("d"), "k4").catch(() => {});
    platform.planFaults(() => undefined);
    await chat.post(place, line("d"), "k4");
    expect(platform.violations).toHaveLength(1);
  });

  test("lets people act; messages without a listener are in the history only", async () => {
    const { platform, chat, place } = await open();
    const heard: Inbound[] = [];
    let connects = 0;
    const reply: Reply = { kind: "text", text: "ok" };
    await chat.start({
      deliver: async (inbound) => {
        heard.push(inbound);
        return reply;
      },
      connected: () => {
        connects += 1;
      },
    });
    const by = { user, channel: "C1", thread: place.thread };
    expect(await platform.act({ ...by, action: says("one") })).toEqual(reply);
    platform.setDeaf(true);
    expect((await chat.check()).ok).toBe(false);
    expect(await platform.act({ ...by, action: says("two") })).toBeUndefined();
    platform.setDeaf(false);
    expect(connects).toBe(2);
    expect(heard).toHaveLength(1);
    const history = await chat.history(place, 0);
    expect(history.map(({ action }) => action.kind === "message" && action.text)).toEqual(["one", "two"]);
    expect(history[0]?.id).toBe(heard[0]?.id);
  });

  test("redelivers unacknowledged messages, and all of them on request", async () => {
    const { clock, platform, chat, place } = await open();
    const heard: string[] = [];
    let failures = 1;
    await chat.start({
      deliver: async ({ id }) => {
        heard.push(id);
        if (failures-- > 0) throw new Error("not stored");
        return { kind: "none" };
      },
      connected: () => {},
    });
    const acted = platform.act({ user, channel: "C1", thread: place.thread, action: says("one") });
    for (let round = 0; round < 20; round++) await Promise.resolve();
    clock.advance(100);
    await acted;
    expect(heard).toHaveLength(2);
    await platform.redeliver((count) => Array.from({ length: count }, (_, at) => at));
    expect(new Set(heard).size).toBe(1);
    expect(heard).toHaveLength(3);
  });

  test("is out of reach of a process that was replaced", async () => {
    const { platform, chat, place } = await open();
    platform.chat();
    void chat.post(place, line("late"), "k1");
    for (let round = 0; round < 20; round++) await Promise.resolve();
    expect(platform.posts).toHaveLength(1);
  });

  test("fails on request, and refuses calls that break its rules", async () => {
    const { platform, chat, place } = await open();
    platform.setTrouble("channel_gone", "C1");
    await expect(chat.post(place, line("a"), "k1")).rejects.toMatchObject({ code: "channel_gone" });
    platform.setTrouble(undefined, "C1");
    await expect(chat.post({ ...place, thread: "nowhere" }, line("a"), "k1")).rejects.toMatchObject({
      code: "thread_gone",
    });
    const press = { kind: "press" as const, id: "not legal!", label: "Go", style: "plain" as const };
    const gate = { kind: "message" as const, heading: "h", why: "", body: "x".repeat(3_001), buttons: [press, press] };
    await chat.post(place, { kind: "gate", gate }, "k2");
    expect(platform.violations).toHaveLength(4);
  });
});
