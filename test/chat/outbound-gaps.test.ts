import { describe, expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import type { ChatCall, ChatFault } from "../../adapters/memory/chat-platform.js";
import { createMemoryLimits } from "../../adapters/memory/limits.js";
import type { Chat } from "../../src/ports/chat.js";
import { createPacing } from "../../src/runtime/chat/outbound/pacing.js";
import { createMemoryWorld, pass, startMemoryParley } from "./memory-parley.js";

const mia = { id: "U-mia", displayName: "Mia" };

/** A room in a thread; `wrap` changes the adapter. */
async function open({ wrap = (chat) => chat }: { wrap?: (chat: Chat) => Chat } = {}) {
  const world = await createMemoryWorld();
  const platform = createMemoryPlatform({ platform: "memory", clock: world.clock });
  const chats = [wrap(platform.chat())];
  const parley = await startMemoryParley(world, { chats, life: 1 });
  await platform.act({ user: mia, channel: "C1", action: { kind: "command", text: "new gaps with teller" } });
  await pass(world, 5_000);
  const [root] = platform.posts;
  const roomId = root?.post.kind === "root" ? root.post.card.roomId : "";
  let messages = 0;
  const say = (body: string) => {
    messages += 1;
    const by = { kind: "person", name: "mia" } as const;
    const messageId = `m${messages}`;
    return parley.runtime.rooms.execute(roomId, {
      type: "message.post",
      by,
      body,
      messageId,
      to: ["teller"],
      idempotencyKey: messageId,
    });
  };
  /** What stands of mia's messages, in whatever form. */
  const shown = () =>
    platform.posts.filter(({ post }) => {
      if (post.kind === "line") return post.text.includes("could not be shown");
      return post.kind === "message" && post.message.from.name === "mia";
    });
  return { world, platform, parley, roomId, say, shown };
}

/** Faults for the next calls of a kind. */
const next = (kind: ChatCall, faults: ChatFault[]) => (call: ChatCall) => (call === kind ? faults.shift() : undefined);
const refused: ChatFault = { kind: "refused", code: "refused" };

describe("a post that the platform refuses as it is", () => {
  test.each([
    [1, "message", true],
    [2, "line", undefined],
  ])("after %i refusals is shown as a %s", async (count, kind, isPlain) => {
    const { world, platform, parley, say, shown } = await open();
    platform.planFaults(
      next(
        "post",
        Array.from({ length: count }, () => refused),
      ),
    );
    await say("**hello**");
    await pass(world, 5_000);
    expect(shown().map(({ post }) => post.kind)).toEqual([kind]);
    const [one] = shown();
    if (one?.post.kind === "message") expect(one.post.message).toMatchObject({ text: "**hello**", isPlain });
    await say("next");
    await pass(world, 5_000);
    const last = shown().at(-1)?.post;
    expect(last?.kind === "message" && last.message.isPlain).toBeUndefined();
    parley.kill();
  });

  test("in every form is left out, and health says so", async () => {
    const { world, platform, parley, say, shown } = await open();
    platform.planFaults(next("post", [refused, refused, refused]));
    await say("a");
    await say("b");
    await pass(world, 5_000);
    expect(shown().map(({ post }) => post.kind === "message" && post.message.text)).toEqual(["b"]);
    expect(await parley.bridges.checks.memory?.()).toMatchObject({
      detail: expect.stringContaining("1 posts were not taken"),
    });
    parley.kill();
  });
});

test("a post that the platform shows late is looked up twice before it is sent again", async () => {
  let finds = 0;
  const wrap = (chat: Chat): Chat => ({
    ...chat,
    find: async (target, sent) => {
      finds += 1;
      return finds === 1 ? undefined : chat.find(target, sent);
    },
  });
  const { world, platform, parley, say, shown } = await open({ wrap });
  platform.planFaults(next("post", [{ kind: "lost", hasEffect: true }]));
  await say("once");
  await pass(world, 20_000);
  expect(finds).toBe(2);
  expect(shown()).toHaveLength(1);
  parley.kill();
});

test("while the platform is away its calls become rare, for every post of the thread", async () => {
  const { world, platform, parley, say, shown } = await open();
  let calls = 0;
  platform.planFaults(() => {
    calls += 1;
    return { kind: "refused", code: "unavailable" };
  });
  for (const body of ["a", "b", "c"]) await say(body);
  await pass(world, 60_000);
  expect(calls).toBeGreaterThan(3);
  expect(calls).toBeLessThan(15);
  platform.planFaults(() => undefined);
  await pass(world, 40_000);
  expect(shown()).toHaveLength(3);
  parley.kill();
});

test("after a restart a channel with threads is posted to at its pace, any other at once", async () => {
  const { clock } = await createMemoryWorld();
  const platform = createMemoryPlatform({ platform: "memory", clock });
  const knownLimits = { known: () => ({}), note: async () => {} };
  const wasUsed = (channel: string) => channel === "C1";
  const pacing = createPacing({
    chat: platform.chat(),
    limits: createMemoryLimits({ clock }),
    clock,
    knownLimits,
    wasUsed,
  });
  const ask = (channel: string) => pacing.post({ kind: "thread", channel, thread: "t" });
  expect(await ask("C2")).toBe(0);
  expect(await ask("C1")).toBe(1_000);
  clock.advance(1_000);
  expect(await ask("C1")).toBe(0);
  expect(await ask("C1")).toBeGreaterThan(0);
  clock.advance(1_000);
  expect(await ask("C1")).toBe(0);
});
