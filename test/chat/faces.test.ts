import { expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import type { MemoryPlatform } from "../../adapters/memory/chat-platform.js";
import type { ChatIdentity } from "../../src/ports/chat-post.js";
import { createMemoryWorld, pass, startMemoryParley } from "./memory-parley.js";

const mia = { id: "U-mia", displayName: "Mia" };
const origin = "https://parley.example";
let said = 0;

const speakersOf = (platform: MemoryPlatform): ChatIdentity[] =>
  platform.posts.flatMap(({ post }) => (post.kind === "message" ? [post.message.from] : []));

/** A room whose agents all speak, then a restart, then they speak again. */
async function hearAgents(publicOrigin: string): Promise<ChatIdentity[][]> {
  const world = await createMemoryWorld();
  const platform = createMemoryPlatform({
    platform: "slack",
    clock: world.clock,
    supports: { postBurst: 50, postIntervalMs: 10 },
  });
  const act = (action: Parameters<MemoryPlatform["act"]>[0]["action"], thread?: string) =>
    platform.act({ user: mia, channel: "C1", action, id: `m${++said}`, ...(thread !== undefined && { thread }) });
  const hello = {
    kind: "message",
    text: "@teller @teller-2 @tester say hello",
    startsWithUser: false,
    files: [],
  } as const;
  const first = await startMemoryParley(world, { chats: [platform.chat()], life: 1, publicOrigin });
  await pass(world, 100);
  await act({ kind: "command", text: "new faces with teller, teller as teller-2, teller as tester" });
  await pass(world, 5_000);
  const thread = platform.posts.find(({ post }) => post.kind === "root")?.ids[0];
  await act(hello, thread);
  await pass(world, 10_000);
  const before = speakersOf(platform);
  first.kill();
  await startMemoryParley(world, { chats: [platform.chat()], life: 2, publicOrigin });
  await pass(world, 100);
  await act(hello, thread);
  await pass(world, 10_000);
  return [before, speakersOf(platform).slice(before.length)];
}

const byName = (speakers: readonly ChatIdentity[]) =>
  new Map(speakers.filter(({ kind }) => kind === "agent").map(({ name, pictureUrl }) => [name, pictureUrl]));

test("each agent of a room has a picture at the public address that no other has, and keeps it over a restart", async () => {
  const [before = [], after = []] = await hearAgents(origin);
  const pictures = byName(before);
  expect([...pictures.keys()].sort()).toEqual(["teller", "teller-2", "tester"]);
  expect(new Set(pictures.values()).size).toBe(3);
  for (const url of pictures.values()) expect(url).toMatch(/^https:\/\/parley\.example\/faces\/1-\d-T[E2]\.png$/);
  expect(byName(after)).toEqual(pictures);
});

test("no picture has an address where the platform could not fetch it", async () => {
  const [before = []] = await hearAgents("http://127.0.0.1:4400");
  expect(byName(before).size).toBe(3);
  expect([...byName(before).values()]).toEqual([undefined, undefined, undefined]);
});
