import { expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import type { RoomEvent } from "../../src/core/room/event.js";
import { createMemoryWorld, pass, startMemoryParley } from "./memory-parley.js";

const mia = { id: "U-mia", displayName: "Mia" };
const max = { id: "U-max", displayName: "Max" };

/** A room with an agent `teller`, whose owner is Mia, and a way to type commands in its channel. */
async function open() {
  const world = await createMemoryWorld();
  const platform = createMemoryPlatform({ platform: "slack", clock: world.clock });
  const parley = await startMemoryParley(world, { chats: [platform.chat()], life: 1 });
  await pass(world, 100);
  const type = async (text: string, user = mia): Promise<string> => {
    let said: string | undefined;
    void platform.act({ user, channel: "C1", action: { kind: "command", text } }).then((answer) => {
      said = answer?.kind === "text" ? answer.text : "";
    });
    await pass(world, 3_000);
    return said ?? "";
  };
  await type("new verbs with teller");
  const root = platform.posts.find(({ post }) => post.kind === "root");
  const roomId = root?.post.kind === "root" ? root.post.card.roomId : "";
  const events = async (): Promise<RoomEvent[]> => {
    const entries = await world.log.read(`room/${roomId}`, { after: 0, limit: 500 });
    return entries.flatMap((entry) => (entry.kind === "commit" ? (entry.commit.events as RoomEvent[]) : []));
  };
  return { type, events, roomId, rooms: parley.runtime.rooms, wait: () => pass(world, 3_000) };
}

type Opened = Awaited<ReturnType<typeof open>>;

/** A message whose turn fails, as the script of `teller` says. */
async function fails({ rooms, roomId, wait }: Opened): Promise<void> {
  const by = { kind: "admin" } as const;
  await rooms.execute(roomId, { type: "message.post", by, messageId: "m1", body: "fail here", to: ["teller"] });
  await wait();
}

test("`retry` in a chat delivers again what failed, and says so when nothing did", async () => {
  const room = await open();
  expect(await room.type("retry in verbs")).toBe(
    "Nothing was done: no message failed, or it was delivered again already.",
  );
  await fails(room);
  expect(await room.type("retry teller in verbs")).toBe("What failed last is delivered again.");
  expect((await room.events()).filter(({ type }) => type === "message.retried")).toMatchObject([
    { messageId: "m1", agents: ["teller"], by: "mia", attempt: 2 },
  ]);
  expect(await room.type("retry guarded in verbs")).toContain("no message failed for guarded");
});

test("`fresh` in a chat begins a new conversation of an agent that is there", async () => {
  const room = await open();
  expect(await room.type("fresh teller in verbs")).toContain("teller begins a new conversation");
  expect((await room.events()).filter(({ type }) => type === "conversation.begun")).toMatchObject([
    { agent: "teller", why: "asked", by: "mia" },
  ]);
  expect(await room.type("fresh nobody in verbs")).toMatch(/^Nothing was done: /);
  expect(await room.type("fresh")).toContain("Who?");
});

test("`set` in a chat changes the total of a budget and keeps its other limits", async () => {
  const { type, events, rooms, roomId } = await open();
  const by = { kind: "admin" } as const;
  await rooms.execute(roomId, { type: "agent.configure", by, name: "teller", budget: { usdPerDay: 1, warnAt: 0.5 } });
  expect(await type("set teller budget 7 in verbs")).toContain("it holds now");
  expect((await events()).filter(({ type }) => type === "participant.configured").at(-1)).toMatchObject({
    budget: { usd: 7, usdPerDay: 1, warnAt: 0.5 },
  });
});

test("`retry` and `fresh` in a chat are for participants with the right", async () => {
  const room = await open();
  await fails(room);
  expect(await room.type("retry in verbs", max)).toContain("you are not in the room verbs");
  const invite = await room.type("invite viewer in verbs");
  const code = /`([0-9a-z-]{20,})`/.exec(invite)?.[1] ?? "";
  await room.type(`attach ${code}`, max);
  expect(await room.type("set teller gate always in verbs")).toContain("it holds now");
  const before = (await room.events()).length;
  for (const command of ["retry in verbs", "fresh teller in verbs", "set teller gate always in verbs"])
    expect(await room.type(command, max), command).toMatch(/^Nothing was (done|changed): /);
  expect(await room.events()).toHaveLength(before);
});
