import { describe, expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import type { Chat } from "../../src/ports/chat.js";
import { ChatError, type ChatErrorCode } from "../../src/ports/chat-error.js";
import { createMemoryWorld, pass, startMemoryParley } from "./memory-parley.js";

const mia = { id: "U-mia", displayName: "Mia" };
const by = { kind: "person", name: "mia" } as const;

/** A room in a thread, paused, in which mia wrote this on the page: no agent takes it. */
async function open(body = "@teller say hello", supports: { maxPostChars?: number } = {}) {
  const world = await createMemoryWorld();
  const platform = createMemoryPlatform({ platform: "memory", clock: world.clock, severalProcesses: true, supports });
  let refusal: ChatErrorCode | undefined;
  const refusing = (chat: Chat): Chat => ({
    ...chat,
    edit: async (target, ids, post) => {
      if (refusal && post !== "removed" && post.kind === "message") throw new ChatError("no", { code: refusal });
      return chat.edit(target, ids, post);
    },
  });
  const start = (life: number) => startMemoryParley(world, { chats: [refusing(platform.chat())], life });
  let parley = await start(1);
  await platform.act({ user: mia, channel: "C1", action: { kind: "command", text: "new late with teller" } });
  await pass(world, 5_000);
  const [roomId = ""] = (await world.log.streams("room/")).map(({ stream }) => stream.slice("room/".length));
  const execute = (command: Parameters<typeof parley.runtime.rooms.execute>[1]) =>
    parley.runtime.rooms.execute(roomId, command);
  await execute({ type: "room.pause", by });
  await execute({ type: "message.post", by, messageId: "m1", body });
  await pass(world, 15_000);
  return {
    execute,
    refuseEdits(code: ChatErrorCode | undefined) {
      refusal = code;
    },
    pass: (ms: number) => pass(world, ms),
    shown: () =>
      platform.posts.flatMap(({ post, isRemoved }) =>
        post.kind === "message" && !isRemoved ? [`${post.message.from.name}: ${post.message.text}`] : [],
      ),
    lines: () => platform.posts.flatMap(({ post }) => (post.kind === "line" ? [post.text] : [])),
    async startAgain() {
      parley.kill();
      parley = await start(2);
    },
    stop: () => parley.kill(),
  };
}

describe("the post of a message that was taken back", () => {
  test("says so in place of its text, and one line says who did it", async () => {
    const room = await open();
    expect(room.shown()).toEqual(["mia: say hello"]);
    await room.execute({ type: "message.withdraw", by, messageId: "m1" });
    await room.pass(10_000);
    expect(room.shown()).toEqual(["mia: _Taken back before it was read._"]);
    expect(room.lines().filter((text) => text.startsWith("mia took a message back"))).toHaveLength(1);
    room.stop();
  });

  test("says that it was changed, and the new text follows; that one can be taken back too", async () => {
    const room = await open();
    const replacement = { messageId: "m2", body: "@teller say goodbye" };
    await room.execute({ type: "message.withdraw", by, messageId: "m1", replacement });
    await room.pass(10_000);
    const changed = "mia: _Changed by its sender; the new text follows below._";
    expect(room.shown()).toEqual([changed, "mia: say goodbye"]);
    await room.execute({ type: "message.withdraw", by, messageId: "m2" });
    await room.pass(10_000);
    expect(room.shown()).toEqual([changed, "mia: _Taken back before it was read._"]);
    room.stop();
  });

  test("of several parts is one post afterwards", async () => {
    const room = await open(`@teller say ${"word ".repeat(500)}`, { maxPostChars: 1_000 });
    expect(room.shown().length).toBeGreaterThan(1);
    await room.execute({ type: "message.withdraw", by, messageId: "m1" });
    await room.pass(20_000);
    expect(room.shown()).toEqual(["mia: _Taken back before it was read._"]);
    room.stop();
  });

  test("is changed also by a process that started after it was made", async () => {
    const room = await open();
    await room.startAgain();
    await room.execute({ type: "message.withdraw", by, messageId: "m1" });
    await room.pass(20_000);
    expect(room.shown()).toEqual(["mia: _Taken back before it was read._"]);
    room.stop();
  });

  test.each([
    ["is changed once the platform answers again", "unavailable", "mia: _Taken back before it was read._"],
    ["stays where it cannot be changed, and the line still comes", "post_gone", "mia: say hello"],
  ] as const)("%s", async (_name, code, expected) => {
    const room = await open();
    room.refuseEdits(code);
    await room.execute({ type: "message.withdraw", by, messageId: "m1" });
    await room.pass(5_000);
    if (code === "unavailable") expect(room.lines().filter((text) => text.startsWith("mia took"))).toEqual([]);
    room.refuseEdits(undefined);
    await room.pass(60_000);
    expect(room.shown()).toEqual([expected]);
    expect(room.lines().filter((text) => text.startsWith("mia took a message back"))).toHaveLength(1);
    room.stop();
  });
});
