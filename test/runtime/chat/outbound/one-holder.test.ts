import { describe, expect, test } from "vitest";
import { createMemoryBlobs } from "../../../../adapters/memory/blobs.js";
import { createManualClock } from "../../../../adapters/memory/clock.js";
import { createMemoryEventLog } from "../../../../adapters/memory/event-log.js";
import { createSeededIds } from "../../../../adapters/memory/ids.js";
import { createMemoryLogger } from "../../../../adapters/memory/logger.js";
import { createMemorySnapshots } from "../../../../adapters/memory/snapshots.js";
import type { Chat } from "../../../../src/ports/chat.js";
import type { GateCard } from "../../../../src/ports/chat-post.js";
import { noAttempts } from "../../../../src/runtime/chat/outbound/attempts.js";
import type { LiveOutbound } from "../../../../src/runtime/chat/outbound/live-outbound.js";
import {
  applyOutboundEvent,
  emptyOutbound,
  type OutboundEvent,
  outboundSchema,
} from "../../../../src/runtime/chat/outbound/outbound-state.js";
import type { PostToMake } from "../../../../src/runtime/chat/outbound/post-to-make.js";
import { createPoster } from "../../../../src/runtime/chat/outbound/poster.js";
import { createCardSettler } from "../../../../src/runtime/chat/outbound/settle-cards.js";
import { createStateStream } from "../../../../src/runtime/chat/outbox.js";
import type { RoomService } from "../../../../src/runtime/rooms/service.js";
import { given } from "../../../support/given.js";
import { roomOf } from "../../../support/room-builder.js";

const thread = { kind: "thread", channel: "C1", thread: "T1" } as const;

/** One thread, as two processes hold it in memory; `called` has what reached the platform. */
async function openTwice({ isHeld = true }: { isHeld?: boolean } = {}) {
  const clock = createManualClock(1_700_000_000_000);
  const eventLog = createMemoryEventLog();
  const called: string[] = [];
  const chat = {
    supports: {},
    post: async () => [`p${called.push("post")}`],
    edit: async () => void called.push("edit"),
  } as unknown as Chat;
  const open = async (life: number): Promise<LiveOutbound> => {
    const outbox = createStateStream({
      eventLog,
      snapshots: createMemorySnapshots(),
      clock,
      ids: createSeededIds(life),
      stream: "mirror/m1",
      schema: outboundSchema,
      empty: () => emptyOutbound(1),
      apply: applyOutboundEvent,
    });
    await outbox.load();
    return {
      registered: { mirrorId: "m1", roomId: "r1", platform: "memory", channel: "C1", thread: "T1" },
      chat,
      outbox,
      pacing: { post: async () => 0, edit: async () => 0, find: () => 0, limited: async () => 0 },
      lease: { isHeld: () => isHeld, release: async () => {} },
      attempts: noAttempts,
    } as unknown as LiveOutbound;
  };
  const suspension = { suspend: async () => 0, resume: async () => {} } as never;
  const poster = createPoster({
    clock,
    logger: createMemoryLogger(),
    suspension,
    lookUp: true,
    blobs: createMemoryBlobs(),
    onGivenUp: () => {},
  });
  return { clock, called, poster, one: await open(1), two: await open(2) };
}

const part = (chunk: number, last: boolean): PostToMake => ({
  key: `r1/2/0/${chunk}`,
  target: thread,
  slot: "plain",
  post: { kind: "line", text: `part ${chunk}` },
  place: { version: 2, index: 0 },
  last,
});

describe("of two processes that both believe to show a thread", () => {
  test("the second posts no part of an event that the first has posted, though its memory lacks it", async () => {
    const { poster, one, two, called } = await openTwice();
    await poster.post(one, part(0, false));
    await expect(poster.post(two, part(0, false))).rejects.toThrow("another process has shown this already");
    expect(called).toEqual(["post"]);
    await two.outbox.load();
    expect(await poster.post(two, part(1, true))).toBe("progress");
    expect(called).toEqual(["post", "post"]);
  });

  test("the second posts nothing of an event behind the bookmark of the first", async () => {
    const { poster, one, two, called } = await openTwice();
    await poster.post(one, part(0, true));
    await expect(poster.post(two, part(0, true))).rejects.toThrow("another process has shown this already");
    expect(called).toEqual(["post"]);
  });

  test("the one that found the post of the other under way does not send it too", async () => {
    const { poster, one, two, called } = await openTwice();
    await one.outbox.append((): OutboundEvent[] => [{ type: "post.intended", key: "r1/2/0/0" }]);
    expect(await poster.post(two, part(0, true))).toBe("progress");
    expect(called).toEqual([]);
  });
});

describe("a process whose lease ran out", () => {
  test("posts nothing", async () => {
    const { poster, one, called } = await openTwice({ isHeld: false });
    await expect(poster.post(one, part(0, true))).rejects.toThrow("lease ran out");
    expect(called).toEqual([]);
  });

  test.each([
    [true, ["edit"]],
    [false, []],
  ])("edits a decided card only while it holds it (%s)", async (isHeld, edits) => {
    const { clock, poster, one, called } = await openTwice({ isHeld });
    const place = { gateId: "g1", version: 2, index: 0 };
    const slot = { ...place, target: thread };
    await one.outbox.append((): OutboundEvent[] => [
      { type: "post.recorded", key: "r1/2/0/0", ids: ["p9"], slot, target: thread, place, last: true },
    ]);
    const { room } = given(roomOf(["coder"])).and({ type: "room.paused" });
    const opened = { type: "gate.opened", gateId: "g1", kind: "message", from: "coder", body: "x", hash: "", why: "" };
    const see = async (_id: string, look: (of: typeof room) => unknown) => look(room);
    const rooms = {
      peek: see,
      read: see,
      eventsAt: async () => [opened],
    } as unknown as RoomService;
    const settle = createCardSettler({ rooms, clock, poster, urlOf: () => undefined });
    const step = await settle(one).catch((error: Error) => error.message);
    expect(called).toEqual(edits);
    expect(step).toEqual(isHeld ? "progress" : expect.stringContaining("lease ran out"));
    expect(one.outbox.state.cards).toHaveLength(isHeld ? 0 : 1);
  });
});

describe("a process whose post is answered after another process has made it", () => {
  const gate = { kind: "message", heading: "coder asks", why: "", buttons: [] } as const satisfies GateCard;
  const slot = { gateId: "g1", version: 2, index: 0 };
  const card: PostToMake = { ...part(0, true), slot, post: { kind: "gate", gate } };

  /** `one` is frozen in its post; `two` does not find it and posts. */
  async function freezeIn(wanted: PostToMake, { isFound = false } = {}) {
    const { poster, one, two, called } = await openTwice();
    let answer = (_ids: string[]) => {};
    const slow: Chat["post"] = () => new Promise((resolve) => (answer = resolve));
    const removed: (readonly string[])[] = [];
    const edit: Chat["edit"] = async (_target, ids, post) => void (post === "removed" && removed.push(ids));
    const posting = poster.post({ ...one, chat: { ...one.chat, post: slow, edit } }, wanted);
    await expect.poll(async () => (await two.outbox.load()).pending?.key).toBe(wanted.key);
    const { key, slot: as, target, place } = wanted;
    if (isFound) {
      const found: OutboundEvent = { type: "post.recorded", key, ids: ["late"], slot: as, target, last: true };
      await two.outbox.append(() => [{ ...found, ...(place && { place }) }]);
    } else {
      await two.outbox.append((): OutboundEvent[] => [{ type: "post.refused", key, unseen: true }]);
      expect(await poster.post(two, wanted)).toBe("progress");
    }
    answer(["late"]);
    expect(await posting).toBe("progress");
    return { called, removed, state: await two.outbox.load() };
  }

  test("takes its card back; the other one stays the only one that is known", async () => {
    const { called, removed, state } = await freezeIn(card);
    expect(called).toEqual(["post"]);
    expect(removed).toEqual([["late"]]);
    expect(state.cards).toEqual([{ ...slot, target: thread, ids: ["p1"] }]);
  });

  test("leaves its card where the other process has found it", async () => {
    const { removed, state } = await freezeIn(card, { isFound: true });
    expect(removed).toEqual([]);
    expect(state.cards.flatMap(({ ids }) => ids)).toContain("late");
  });

  test("leaves what a participant said: nothing of it is taken away", async () => {
    const from = { name: "coder", displayName: "Coder", role: "coder", kind: "agent" } as const;
    const message = { from, to: "room", text: "hello", part: { number: 1, count: 1 } } as const;
    const { removed } = await freezeIn({ ...part(0, true), post: { kind: "message", message } });
    expect(removed).toEqual([]);
  });
});
