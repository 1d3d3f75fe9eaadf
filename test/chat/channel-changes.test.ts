import { describe, expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import type { ChannelChange } from "../../src/ports/chat-inbound.js";
import { createMemoryWorld, messagesOf, pass, startMemoryParley } from "./memory-parley.js";

const mia = { id: "U-mia", displayName: "Mia" };

/** A room in a thread of C1. */
async function open() {
  const world = await createMemoryWorld();
  const platform = createMemoryPlatform({ platform: "memory", clock: world.clock });
  const parley = await startMemoryParley(world, { chats: [platform.chat()], life: 1 });
  await platform.act({ user: mia, channel: "C1", action: { kind: "command", text: "new shared with teller" } });
  await pass(world, 5_000);
  const [root] = platform.posts;
  const thread = root?.ids[0] ?? "";
  const roomId = root?.post.kind === "root" ? root.post.card.roomId : "";
  const say = (channel: string, text: string, id?: string) => {
    const action = { kind: "message", text, startsWithUser: false, files: [] } as const;
    return platform.act({ user: mia, channel, thread, action, ...(id !== undefined && { id }) });
  };
  const change = async (one: ChannelChange) => {
    await platform.changeChannel(one);
    await pass(world, 2_000);
  };
  const notices = async () => {
    const entries = await world.log.read(`room/${roomId}`, { after: 0, limit: 500, maxChars: 1e7 });
    return entries
      .flatMap((entry) => (entry.kind === "commit" ? entry.commit.events : []))
      .flatMap((event) => {
        const { type, text } = event as unknown as { type: string; text: string };
        return type === "notice.posted" ? [text] : [];
      });
  };
  const health = async () => parley.bridges.checks.memory?.();
  const shown = () => platform.posts.filter(({ post }) => post.kind === "message");
  return { world, platform, parley, roomId, thread, say, change, notices, health, shown };
}

describe("a channel that gets another id", () => {
  test("takes the room's thread along: posts go there, and people are heard there", async () => {
    const rig = await open();
    await rig.change({ kind: "moved", channel: "C1", to: "C2" });
    await rig.say("C2", "@teller say there");
    await pass(rig.world, 10_000);
    expect(rig.shown().map(({ target }) => target)).toEqual([{ kind: "thread", channel: "C2", thread: rig.thread }]);
    expect(await rig.health()).toMatchObject({ ok: true });
    expect(await rig.notices()).toEqual([]);
    rig.parley.kill();
  });

  test("does not repeat a message that is read again under its new id", async () => {
    const rig = await open();
    await rig.say("C1", "once", "C1:100.1");
    await rig.change({ kind: "moved", channel: "C1", to: "C2" });
    await rig.say("C2", "once", "C2:100.1");
    await rig.say("C1", "late under the old id", "C1:100.2");
    await rig.say("C2", "late under the old id", "C2:100.2");
    await pass(rig.world, 2_000);
    const bodies = (await messagesOf(rig.world.log, rig.roomId)).map(({ body }) => body);
    expect(bodies).toEqual(["once", "late under the old id"]);
    rig.parley.kill();
  });

  test("is still followed after a restart", async () => {
    const rig = await open();
    await rig.change({ kind: "moved", channel: "C1", to: "C2" });
    rig.parley.kill();
    const next = await startMemoryParley(rig.world, { chats: [rig.platform.chat()], life: 2 });
    await pass(rig.world, 1_000);
    await rig.say("C2", "@teller say again");
    await pass(rig.world, 10_000);
    expect(rig.shown().map(({ target }) => target)).toEqual([{ kind: "thread", channel: "C2", thread: rig.thread }]);
    next.kill();
  });
});

test.each<[string, ChannelChange, RegExp]>([
  ["renamed", { kind: "renamed", channel: "C1", name: "ops" }, /is called #ops now/],
  ["made private", { kind: "private", channel: "C1" }, /is private now/],
])("a channel that is %s is said in the room, and the thread goes on", async (_name, change, words) => {
  const rig = await open();
  await rig.change(change);
  expect(await rig.notices()).toEqual([expect.stringMatching(words)]);
  await rig.say("C1", "@teller say on");
  await pass(rig.world, 10_000);
  expect(rig.shown()).toHaveLength(1);
  expect(await rig.health()).toMatchObject({ ok: true });
  rig.parley.kill();
});

test.each([
  ["archived", /archived/],
  ["left", /not in the channel/],
  ["deleted", /deleted/],
] as const)(
  "a channel that is %s is said in the room and in health, and what is missing comes when it is open",
  async (why, words) => {
    const rig = await open();
    rig.platform.setTrouble("channel_gone", "C1");
    await rig.change({ kind: "closed", channel: "C1", why });
    expect(await rig.health()).toMatchObject({ ok: false, detail: expect.stringMatching(words) });
    expect(await rig.notices()).toEqual([expect.stringMatching(words)]);
    await rig.say("C1", "@teller say meanwhile");
    await pass(rig.world, 5_000);
    expect(rig.shown()).toEqual([]);
    rig.platform.setTrouble(undefined, "C1");
    await rig.change({ kind: "open", channel: "C1" });
    await pass(rig.world, 10_000);
    expect(rig.shown()).toHaveLength(1);
    expect(await rig.health()).toMatchObject({ ok: true });
    rig.parley.kill();
  },
);

test("a channel that is open again is noticed without a word of the platform, and with nothing to post", async () => {
  const rig = await open();
  rig.platform.setTrouble("channel_gone", "C1");
  await rig.change({ kind: "closed", channel: "C1", why: "archived" });
  await pass(rig.world, 40_000);
  expect(await rig.health()).toMatchObject({ ok: false });
  rig.platform.setTrouble(undefined, "C1");
  await pass(rig.world, 200_000);
  expect(await rig.health()).toMatchObject({ ok: true });
  rig.parley.kill();
});

test("other channels' threads do not mind", async () => {
  const rig = await open();
  await rig.change({ kind: "closed", channel: "C9", why: "archived" });
  await rig.change({ kind: "renamed", channel: "C9", name: "ops" });
  expect(await rig.notices()).toEqual([]);
  expect(await rig.health()).toMatchObject({ ok: true });
  rig.parley.kill();
});
