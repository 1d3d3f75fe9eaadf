import { expect, test } from "vitest";
import { createMemoryBlobs } from "../../../../adapters/memory/blobs.js";
import { createMemoryPlatform } from "../../../../adapters/memory/chat.js";
import { createManualClock } from "../../../../adapters/memory/clock.js";
import { createMemoryEventLog, type MemoryEventLog } from "../../../../adapters/memory/event-log.js";
import { createSeededIds } from "../../../../adapters/memory/ids.js";
import { createMemoryLogger } from "../../../../adapters/memory/logger.js";
import { createMemorySnapshots } from "../../../../adapters/memory/snapshots.js";
import type { RoomEvent } from "../../../../src/core/room/event.js";
import type { Room } from "../../../../src/core/room/room.js";
import type { Chat } from "../../../../src/ports/chat.js";
import { ChatError } from "../../../../src/ports/chat-error.js";
import { noAttempts } from "../../../../src/runtime/chat/outbound/attempts.js";
import type { LiveOutbound } from "../../../../src/runtime/chat/outbound/live-outbound.js";
import {
  applyOutboundEvent,
  emptyOutbound,
  type OutboundEvent,
  type OutboundState,
} from "../../../../src/runtime/chat/outbound/outbound-state.js";
import type { PostToMake } from "../../../../src/runtime/chat/outbound/post-to-make.js";
import { createPoster } from "../../../../src/runtime/chat/outbound/poster.js";
import { createOutboundReader, type ReaderOptions } from "../../../../src/runtime/chat/outbound/reader.js";
import { createRoomSource } from "../../../../src/runtime/chat/outbound/room-source.js";
import { createCardSettler } from "../../../../src/runtime/chat/outbound/settle-cards.js";
import { createStateStream } from "../../../../src/runtime/chat/outbox.js";
import type { RoomService } from "../../../../src/runtime/rooms/service.js";
import { given } from "../../../support/given.js";
import { posted, question, roomOf } from "../../../support/room-builder.js";

const clock = createManualClock(1_700_000_000_000);
const thread = { kind: "thread", channel: "C1", thread: "t1" } as const;
const place = { version: 5, index: 0 };
let lives = 0;

/** A process that shows a room in a thread: the thread as it has it in memory, and the calls it makes. */
async function openProcess(log: MemoryEventLog, options: { isHeld?: boolean; isAway?: boolean } = {}) {
  const { isHeld = true, isAway = false } = options;
  lives += 1;
  const calls: string[] = [];
  const call = async (name: string) => {
    calls.push(name);
    if (isAway) throw new ChatError("away", { code: "unavailable" });
  };
  const chat: Chat = {
    ...createMemoryPlatform({ platform: "slack", clock }).chat(),
    post: async (_target, _post, key) => {
      await call(`post ${key}`);
      return [`id of ${key}`];
    },
    edit: (_target, ids) => call(`edit ${ids}`),
    find: async () => undefined,
  };
  const outbox = createStateStream<OutboundState, OutboundEvent>({
    eventLog: log,
    snapshots: createMemorySnapshots(),
    clock,
    ids: createSeededIds(lives),
    stream: "mirror/m1",
    empty: () => emptyOutbound(0),
    apply: applyOutboundEvent,
  });
  await outbox.load();
  const registered = {
    mirrorId: "m1",
    roomId: "r1",
    platform: "slack",
    channel: "C1",
    thread: "t1",
    after: 0,
    atMs: 0,
  };
  const outbound: LiveOutbound = {
    registered,
    chat,
    pacing: { post: async () => 0, edit: async () => 0, find: () => 0, limited: async () => 1 },
    outbox,
    lease: { isHeld: () => isHeld, release: async () => {} },
    source: createRoomSource({ eventLog: log, roomId: "r1", after: outbox.state.bookmark }),
    position: outbox.state.bookmark,
    attempts: noAttempts,
    rootShown: undefined,
    rootEditedAtMs: 0,
    workingShown: undefined,
    workingEditedAtMs: 0,
    lastRunAtMs: 0,
    nextRunAtMs: 0,
    unsubscribe: () => {},
  };
  const suspension = { suspend: async () => 1, resume: async () => {} };
  const poster = createPoster({
    clock,
    logger: createMemoryLogger(),
    suspension,
    lookUp: true,
    blobs: createMemoryBlobs(),
    onGivenUp: () => {},
  });
  return { outbound, poster, suspension, calls };
}

const part = (number: number): PostToMake => ({
  key: `r1/5/0/${number}`,
  target: thread,
  slot: "plain",
  post: { kind: "line", text: `part ${number}` },
  place,
  last: false,
});

test("a part of an event that another process has posted meanwhile is not posted again", async () => {
  const log = createMemoryEventLog();
  const [one, two] = [await openProcess(log), await openProcess(log)];
  await one.poster.post(one.outbound, part(0));
  expect(one.calls).toEqual(["post r1/5/0/0"]);
  await expect(two.poster.post(two.outbound, part(0))).rejects.toMatchObject({ code: "unavailable" });
  expect(two.calls).toEqual([]);
  await two.poster.post(two.outbound, part(1));
  expect(two.calls).toEqual(["post r1/5/0/1"]);
});

test("a process that lost its lease posts nothing, though its outbox knows of nobody else", async () => {
  const { outbound, poster, calls } = await openProcess(createMemoryEventLog(), { isHeld: false });
  await expect(poster.post(outbound, part(0))).rejects.toMatchObject({ code: "closed" });
  expect(calls).toEqual([]);
});

test("after a failure every post of the thread waits, not only the one that failed", async () => {
  const { outbound, poster, calls } = await openProcess(createMemoryEventLog(), { isAway: true });
  expect(await poster.post(outbound, part(0))).toBe(500);
  expect(await poster.post(outbound, part(1))).toBe(500);
  expect(calls).toEqual(["post r1/5/0/0"]);
  clock.advance(500);
  await poster.post(outbound, part(0));
  expect(calls).toEqual(["post r1/5/0/0", "post r1/5/0/0"]);
});

test("a card is edited only under the lease", async () => {
  const log = createMemoryEventLog();
  const gate = question("coder", "go on?");
  const { room } = given(roomOf(["coder"]))
    .and(gate)
    .and({
      type: "gate.resolved",
      gateId: gate.gateId,
      kind: "question",
      outcome: "dropped",
      by: "mia",
    });
  const see = async <T>(_roomId: string, look: (room: Room) => T) => look(room);
  const rooms = {
    peek: see,
    read: see,
    eventsAt: async () => [gate],
  } as unknown as RoomService;
  const settle = async (isHeld: boolean) => {
    const { outbound, poster, calls } = await openProcess(log, { isHeld });
    const slot = { gateId: gate.gateId, version: 1, index: 0 };
    await outbound.outbox.append(({ cards }) =>
      cards.length > 0 ? [] : [{ type: "post.recorded", key: "k", ids: ["c1"], slot, target: thread }],
    );
    const step = createCardSettler({ rooms, clock, poster, urlOf: () => undefined })(outbound);
    return { step: await step.catch((error: { code: string }) => error.code), calls };
  };
  expect(await settle(false)).toEqual({ step: "closed", calls: [] });
  expect(await settle(true)).toEqual({ step: "progress", calls: ["edit c1"] });
});

test("a room in memory that is behind the log is looked at again, and the event is shown at once", async () => {
  const log = createMemoryEventLog();
  const { outbound, poster, suspension, calls } = await openProcess(log);
  await outbound.outbox.append(() => [
    { type: "post.recorded", key: "root", ids: ["t1"], slot: "root", target: thread },
  ]);
  const bound: RoomEvent = { type: "mirror.bound", mirrorId: "m1", platform: "slack", channel: "C1" };
  const behind = given(roomOf(["coder"])).and(bound);
  const message = posted("mia", ["coder"], "hello");
  const ahead = behind.and(message);
  outbound.source = {
    version: ahead.room.version,
    peek: async () =>
      calls.length > 0 ? undefined : { version: ahead.room.version, index: 0, by: "mia", event: message },
    advance: () => {},
  };
  let freshLooks = 0;
  const rooms = {
    peek: async <T>(_roomId: string, look: (room: Room) => T, { fresh = false } = {}) => {
      if (fresh) freshLooks += 1;
      // The first fresh look was before the message.
      return look(freshLooks > 1 ? ahead.room : behind.room);
    },
  } as unknown as RoomService;
  const read = createOutboundReader({
    rooms,
    clock,
    poster,
    suspension,
    wakeups: { wake: () => {} },
    picturesOrigin: () => undefined,
    activity: { current: () => [] },
    urlOf: () => undefined,
    approversOf: () => [],
    onThread: () => {},
  } as unknown as ReaderOptions);
  await read(outbound);
  expect(calls.filter((one) => one.startsWith("post"))).toEqual([
    `post ${ahead.room.roomId}/${ahead.room.version}/0/0`,
  ]);
});
