import { expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import type { InboundAction } from "../../src/ports/chat-inbound.js";
import { createMemoryWorld, messagesOf, pass, startMemoryParley } from "./memory-parley.js";

const mia = { id: "U-mia", displayName: "Mia" };
const spoken = (more: object) =>
  ({ kind: "message", text: "", startsWithUser: false, files: [], ...more }) as InboundAction;
const said = (text: string) => ({ kind: "text", text });

test.each<[string, object, object, string[]]>([
  [
    "a part without a text form alone",
    { unreadable: ["a file that was deleted"] },
    said("Parley cannot read a file that was deleted; write it as text."),
    [],
  ],
  [
    "text beside such a part",
    { text: "look", unreadable: ["a part of your message"] },
    said("Parley cannot read a part of your message; write it as text."),
    ["look"],
  ],
  ["nothing at all", {}, said("Parley cannot read this message; write it as text."), []],
  [
    "a forward alone",
    { parts: ["[forwarded from Bob]\n> prod is DOWN"] },
    { kind: "none" },
    ["[forwarded from Bob]\n> prod is DOWN"],
  ],
  [
    "side talk with another person",
    { startsWithUser: true, unreadable: ["a part of your message"] },
    { kind: "none" },
    [],
  ],
])("what a person sends comes into the room or is answered in private: %s", async (_name, more, reply, bodies) => {
  const world = await createMemoryWorld();
  const platform = createMemoryPlatform({ platform: "memory", clock: world.clock });
  const parley = await startMemoryParley(world, { chats: [platform.chat()], life: 1 });
  await platform.act({ user: mia, channel: "C1", action: { kind: "command", text: "new parts with teller" } });
  await pass(world, 5_000);
  const [root] = platform.posts;
  const roomId = root?.post.kind === "root" ? root.post.card.roomId : "";
  const answer = platform.act({ user: mia, channel: "C1", thread: root?.ids[0] ?? "", action: spoken(more) });
  await pass(world, 2_000);
  expect(await answer).toEqual(reply);
  const messages = await messagesOf(world.log, roomId);
  expect(messages.filter(({ from }) => from === "mia").map(({ body }) => body)).toEqual(bodies);
  parley.kill();
});
