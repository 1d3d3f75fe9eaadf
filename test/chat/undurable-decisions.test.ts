import { expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import type { AppendFault } from "../../adapters/memory/event-log.js";
import { outboundReader } from "../../src/core/room/react.js";
import { decideGate, type GateChoice } from "../../src/runtime/rooms/decide-gate.js";
import { deferred } from "../support/deferred.js";
import { createMemoryWorld, type MemoryWorld, pass, startMemoryParley } from "./memory-parley.js";
import { seenPost } from "./memory-people.js";

const mia = { id: "U-mia", displayName: "Mia" };
const channel = "C1";
const threaded = { user: mia, channel };

/** A room whose thread shows a card that waits for a decision; the appends to its log can be held, or fail. */
async function openWithCard({ agent, ask }: { agent: string; ask: string }) {
  const memory = await createMemoryWorld();
  let held: Promise<void> | undefined;
  let fault: AppendFault | undefined;
  const log = {
    ...memory.log,
    append: async (...given: Parameters<typeof memory.log.append>) => {
      if (given[0].startsWith("room/")) await held;
      return memory.log.append(...given);
    },
  };
  memory.log.planFaults((stream) => (stream.startsWith("room/") ? fault : undefined));
  const world: MemoryWorld = { ...memory, log };
  const platform = createMemoryPlatform({ platform: "memory", clock: world.clock });
  const parley = await startMemoryParley(world, { chats: [platform.chat()], life: 1 });
  await platform.act({ ...threaded, action: { kind: "command", text: `new late with ${agent}` } });
  await pass(world, 5_000);
  const [root] = platform.posts;
  const roomId = root?.post.kind === "root" ? root.post.card.roomId : "";
  const say = (text: string, to: string[]) => {
    const ids = { messageId: `m-${text}`, idempotencyKey: `m-${text}` };
    const by = { kind: "person", name: "mia" } as const;
    return parley.runtime.rooms.execute(roomId, { type: "message.post", by, to, body: text, ...ids });
  };
  await say(ask, [agent]);
  await pass(world, 20_000);
  const { rooms } = parley.runtime;
  const gate = await rooms.read(roomId, (room) => [...room.gates.values()].map((one) => ({ ...one }))[0]);
  if (gate === undefined) throw new Error("nothing waits");
  const mirrors = (await rooms.read(roomId, (room) => [...room.mirrors.keys()])) ?? [];
  const decide = (choice: GateChoice) =>
    decideGate(rooms, {
      roomId,
      gateId: gate.gateId,
      hash: gate.hash,
      actor: { kind: "person", name: "mia" },
      choice,
      messageId: `d-${choice.action}`,
    });
  const card = () => {
    const [shown] = platform.posts.filter(({ post }) => post.kind === "gate").flatMap(seenPost);
    return shown ?? { text: "", buttons: [] };
  };
  /** The thread is looked after meanwhile, as after any event or after a while. */
  const wakeReader = () => {
    for (const mirrorId of mirrors) parley.wakeups.wake(outboundReader({ mirrorId, platform: "memory" }));
  };
  const hold = () => {
    const { promise, resolve } = deferred();
    held = promise;
    return () => {
      held = undefined;
      resolve();
    };
  };
  const setFault = (next: AppendFault | undefined) => {
    fault = next;
  };
  return { world, parley, decide, card, wakeReader, hold, setFault };
}

const slowDecisions: [string, { agent: string; ask: string }, GateChoice, RegExp][] = [
  [
    "an answer",
    { agent: "asker", ask: "ask west" },
    { action: "answer", body: "straight on" },
    /straight on\n+answered/,
  ],
  [
    "an answer to one of several questions",
    { agent: "surveyor", ask: "survey late" },
    { action: "answer", choices: { q1: { options: ["PostgreSQL"] } } },
    /Which database\? PostgreSQL\n+answered/,
  ],
  [
    "a dropped message's reason",
    { agent: "guarded", ask: "say late" },
    { action: "drop", reason: "too early" },
    /too early\n+dropped/,
  ],
  [
    "a denied call's reason",
    { agent: "tooler", ask: "use axe" },
    { action: "deny", reason: "not here" },
    /not here\n+denied/,
  ],
];

test.each(slowDecisions)(
  "the card shows %s also where the decision was slow to become durable",
  async (_, asked, choice, shown) => {
    const { world, parley, decide, card, wakeReader, hold } = await openWithCard(asked);
    const before = card();
    expect(before.buttons.length).toBeGreaterThan(0);
    const release = hold();
    const decided = decide(choice);
    wakeReader();
    await pass(world, 4_000);
    expect(card()).toEqual(before);
    release();
    expect((await decided).kind).toBe("accepted");
    await pass(world, 5_000);
    expect(card().buttons).toEqual([]);
    expect(card().text).toMatch(shown);
    parley.kill();
  },
);

test("a decision that cannot be stored leaves the card to be decided", async () => {
  const { world, parley, decide, card, wakeReader, hold, setFault } = await openWithCard({
    agent: "guarded",
    ask: "say late",
  });
  const before = card();
  const release = hold();
  const lost = decide({ action: "approve" }).catch(() => ({ kind: "failed" }));
  wakeReader();
  await pass(world, 4_000);
  setFault("full");
  release();
  await pass(world, 60_000);
  expect((await lost).kind).toBe("failed");
  expect(card()).toEqual(before);
  setFault(undefined);
  expect((await decide({ action: "drop", reason: "too early" })).kind).toBe("accepted");
  await pass(world, 5_000);
  expect(card().text).toMatch(/too early\n+dropped by mia/);
  parley.kill();
});
