import { expect, test } from "vitest";
import { createManualClock } from "../../../../adapters/memory/clock.js";
import { createMemoryEventLog } from "../../../../adapters/memory/event-log.js";
import { createSeededIds } from "../../../../adapters/memory/ids.js";
import { createMemoryLogger } from "../../../../adapters/memory/logger.js";
import { createMemorySnapshots } from "../../../../adapters/memory/snapshots.js";
import type { Chat } from "../../../../src/ports/chat.js";
import type { Inbound } from "../../../../src/ports/chat-inbound.js";
import { PortError } from "../../../../src/ports/port-error.js";
import { createCatchUp, unreadSince } from "../../../../src/runtime/chat/inbound/catch-up.js";
import { createInbox } from "../../../../src/runtime/chat/inbound/inbox.js";
import { createThreadOrder } from "../../../../src/runtime/chat/inbound/thread-order.js";
import { createOutboundRegistry } from "../../../../src/runtime/chat/outbound/registry.js";
import type { RoomService } from "../../../../src/runtime/rooms/service.js";

const missed: Inbound = {
  platform: "discord",
  id: "m1",
  atMs: 1_000,
  channel: "C1",
  thread: "T1",
  user: { id: "U1", displayName: "Mia" },
  action: { kind: "message", text: "deploy", startsWithUser: false, files: [] },
};

const settled = async (): Promise<void> => {
  for (let round = 0; round < 50; round++) await new Promise<void>((resolve) => setImmediate(resolve));
};

/** A process with the connection, and the list of threads as another process writes it. */
function openProcess() {
  const clock = createManualClock(10_000);
  const eventLog = createMemoryEventLog();
  const given = { eventLog, snapshots: createMemorySnapshots(), clock };
  const logger = createMemoryLogger();
  const registry = createOutboundRegistry({ ...given, ids: createSeededIds(1) });
  const elsewhere = createOutboundRegistry({ ...given, ids: createSeededIds(2) });
  const inbox = createInbox({ ...given, platform: "discord", ids: createSeededIds(3) });
  const delivered: string[] = [];
  const catchUp = createCatchUp({
    chat: { platform: "discord", history: async () => [missed] } as unknown as Chat,
    inbox,
    registry,
    rooms: { peek: async () => true } as unknown as RoomService,
    order: createThreadOrder({ platform: "discord", clock, logger, onWanted: () => {} }),
    deliver: async ({ id }) => {
      delivered.push(id);
      return { kind: "none" };
    },
    clock,
    logger,
  });
  const openThread = () =>
    elsewhere.register({ mirrorId: "x", roomId: "r1", platform: "discord", channel: "C1", thread: "T1", after: 1 });
  return { clock, eventLog, inbox, catchUp, delivered, openThread };
}

test("what was missed in a thread that another process opened is read", async () => {
  const { inbox, catchUp, delivered, openThread } = openProcess();
  await inbox.load();
  await openThread();
  catchUp.all();
  await settled();
  expect(delivered).toEqual(["m1"]);
  catchUp.stop();
});

test("nothing counts as read while the log does not tell which threads there are", async () => {
  const { clock, eventLog, inbox, catchUp, delivered, openThread } = openProcess();
  await inbox.load();
  await openThread();
  const { read } = eventLog;
  eventLog.read = () => Promise.reject(new PortError("the log is away", { code: "unavailable", retryable: true }));
  catchUp.all();
  await settled();
  expect([delivered, inbox.caughtUpMs(), catchUp.trouble()]).toEqual([[], undefined, expect.any(String)]);
  eventLog.read = read;
  clock.advance(500);
  await settled();
  expect(delivered).toEqual(["m1"]);
  expect([inbox.caughtUpMs(), catchUp.trouble()]).toEqual([10_000, undefined]);
  catchUp.stop();
});

test.each([
  ["before everything was caught up, from then on", 1_000, 200_000, 200_000],
  ["after everything was caught up, from its beginning", 300_000, 200_000, 1_000],
  ["at about that time, from its beginning", 190_000, 200_000, 1_000],
  ["and nothing was caught up yet, from its beginning", 1_000, undefined, 1_000],
])("a thread that was registered %s is read", (_, threadAtMs, caughtUpMs, expected) => {
  const shown = { mirrorId: "x", roomId: "r1", platform: "discord", channel: "C1", thread: "T1", after: 1 };
  expect(unreadSince({ ...shown, atMs: 1_000, threadAtMs }, caughtUpMs)).toBe(expected);
});
