import { describe, expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import type { Chat } from "../../src/ports/chat.js";
import { ChatError } from "../../src/ports/chat-error.js";
import type { ChatPost } from "../../src/ports/chat-post.js";
import { createMemoryWorld, pass, startMemoryParley } from "./memory-parley.js";

const mia = { id: "U-mia", displayName: "Mia" };

/** A room whose first post of this kind gets no answer and is not on the platform, until `arrive` delivers it. */
async function open(kind: ChatPost["kind"], said = "@guarded say held") {
  const world = await createMemoryWorld();
  const platform = createMemoryPlatform({ platform: "memory", clock: world.clock, severalProcesses: true });
  const before = platform.chat();
  let onItsWay: Parameters<Chat["post"]> | undefined;
  const losing = (chat: Chat): Chat => ({
    ...chat,
    post: async (...given) => {
      if (onItsWay || given[1].kind !== kind) return chat.post(...given);
      onItsWay = given;
      throw new ChatError("no answer", { code: "outcome_unknown" });
    },
  });
  const start = (life: number) => startMemoryParley(world, { chats: [losing(platform.chat())], life });
  let parley = await start(1);
  await platform.act({ user: mia, channel: "C1", action: { kind: "command", text: "new late with guarded, teller" } });
  await pass(world, 5_000);
  const thread = platform.posts[0]?.ids[0] ?? "";
  const act = (action: Parameters<typeof platform.act>[0]["action"]) =>
    platform.act({ user: mia, channel: "C1", thread, action });
  void act({ kind: "message", text: said, startsWithUser: false, files: [] });
  await pass(world, 15_000);

  const shown = () => platform.posts.filter(({ post, isRemoved }) => post.kind === kind && !isRemoved);
  const pressesOf = (post: ChatPost) =>
    post.kind === "gate" ? post.gate.buttons.flatMap((button) => (button.kind === "press" ? [button] : [])) : [];
  return {
    shown,
    pass: (ms: number) => pass(world, ms),
    openCards: () => shown().filter(({ post }) => pressesOf(post).length > 0),
    async arrive() {
      if (!onItsWay) throw new Error(`no post of the kind ${kind} was made`);
      await before.post(...onItsWay);
    },
    async approve() {
      const button = shown().flatMap(({ post }) => pressesOf(post))[0];
      void act({ kind: "press", button: button?.id ?? "" });
      await pass(world, 3_000);
    },
    async startAgain() {
      parley.kill();
      parley = await start(2);
    },
    stop: () => parley.kill(),
  };
}

describe("a card that was made again, because its first post was not found, and then arrives twice", () => {
  test("can be pressed no more once its gate is decided, though the copy came after that", async () => {
    const room = await open("gate");
    await room.approve();
    expect(room.openCards()).toEqual([]);
    await room.arrive();
    expect(room.openCards()).toHaveLength(1);
    await room.pass(30_000);
    expect(room.shown()).toMatchObject([{ post: { gate: { resolved: { outcome: "approved" } } } }]);
    room.stop();
  });

  test("stands once while its gate is open, and can still be decided", async () => {
    const room = await open("gate");
    const [first] = room.openCards();
    await room.arrive();
    expect(room.openCards()).toHaveLength(2);
    await room.pass(30_000);
    expect(room.openCards().map(({ ids }) => ids)).toEqual([first?.ids]);
    await room.approve();
    expect(room.openCards()).toEqual([]);
    expect(room.shown()).toHaveLength(1);
    room.stop();
  });

  test("stands once also when the process that made it again was killed before the copy came", async () => {
    const room = await open("gate");
    await room.startAgain();
    await room.pass(30_000);
    await room.arrive();
    await room.pass(120_000);
    expect(room.openCards()).toHaveLength(1);
    room.stop();
  });
});

test("a working line that arrives twice does not stay behind when nobody works any more", async () => {
  const room = await open("working", "@teller slow one");
  expect(room.shown()).toHaveLength(1);
  await room.arrive();
  expect(room.shown()).toHaveLength(2);
  await room.pass(180_000);
  expect(room.shown()).toEqual([]);
  room.stop();
});
