import { describe, expect, test } from "vitest";
import { createFunctionAgents } from "../../../adapters/memory/agents.js";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createMemoryWakeups } from "../../../adapters/memory/wakeups.js";
import type { Command } from "../../../src/core/room/command.js";
import type { EventLog } from "../../../src/ports/event-log.js";
import type { Wakeups } from "../../../src/ports/wakeups.js";
import { sha256 } from "../../../src/runtime/node/runtime.js";
import { assembleMemoryRooms } from "../../support/memory-parts.js";

const roomId = "aroom";
const created: Command = {
  type: "room.create",
  by: { kind: "admin" },
  name: "a",
  owner: "mia",
  agents: [{ name: "coder", role: "agent", runtime: "function" }],
  policy: {},
  invites: [],
};
const post = (messageId: string, more: { ttlSeconds?: number } = {}): Command => ({
  type: "message.post",
  by: { kind: "person", name: "mia" },
  messageId,
  body: "work",
  to: ["coder"],
  ...more,
});

/** A process; `lost`: wake-ups that never arrive. Without `hasSweep` nothing looks for what they forgot. */
function openProcess({
  lost = () => false,
  hasSweep = true,
}: {
  lost?: (reader: string) => boolean;
  hasSweep?: boolean;
}) {
  const clock = createManualClock(1_700_000_000_000);
  const eventLog = createMemoryEventLog();
  const reliable = createMemoryWakeups({ clock, log: createMemoryLogger() });
  let isSweeping = false;
  const wakeups: Wakeups = {
    ...reliable,
    // What the sweep finds arrives: only the hints of commits and of the timer itself are lost.
    wake: (reader, options) => (isSweeping || !lost(reader) ? reliable.wake(reader, options) : undefined),
  };
  const blind: EventLog = { ...eventLog, streams: async () => [] };
  const heard: string[] = [];
  const behave = (input: { text: string }) => void heard.push(input.text);
  const { runtime } = assembleMemoryRooms({
    eventLog: hasSweep ? eventLog : blind,
    wakeups,
    runtimes: { function: createFunctionAgents({ behave, sha256 }) },
    clock,
  });
  const settle = async () => {
    for (let round = 0; round < 30; round++) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      clock.advance(1_000);
      await settle();
      isSweeping = true;
      if (hasSweep && second % 5 === 0) await runtime.sweep.run();
      await settle();
      isSweeping = false;
    }
  };
  const expired = () => runtime.rooms.peek(roomId, (room) => room.expired.length);
  return { runtime, heard, pass, expired };
}

const ways = [
  ["wake-ups alone, without a sweep", { hasSweep: false }],
  ["the sweep alone, as every wake-up is lost", { lost: () => true }],
] as const;

describe("a promise that two mechanisms keep", () => {
  test.each(ways)("an agent gets its message by %s", async (_, how) => {
    const { runtime, heard, pass } = openProcess(how);
    runtime.start();
    await runtime.rooms.execute(roomId, created);
    await runtime.rooms.execute(roomId, post("m1"));
    await pass(12);
    expect(heard).toHaveLength(1);
    await runtime.stop();
  });

  test.each(ways)("a message expires when its time is over, by %s", async (_, how) => {
    const { runtime, pass, expired } = openProcess(how);
    runtime.start();
    await runtime.rooms.execute(roomId, created);
    await runtime.rooms.execute(roomId, { type: "room.pause", by: { kind: "person", name: "mia" } });
    await runtime.rooms.execute(roomId, post("m1", { ttlSeconds: 20 }));
    await pass(12);
    expect(await expired()).toBe(0);
    await pass(20);
    expect(await expired()).toBe(1);
    await runtime.stop();
  });

  test("nothing comes where both are off", async () => {
    const { runtime, heard, pass, expired } = openProcess({ lost: () => true, hasSweep: false });
    runtime.start();
    await runtime.rooms.execute(roomId, created);
    await runtime.rooms.execute(roomId, post("m1", { ttlSeconds: 20 }));
    await pass(40);
    expect([heard.length, await expired()]).toEqual([0, 0]);
    await runtime.stop();
  });

  test.each([
    ["looks at the log and no room kept in memory", { onlyNode: false, maxRooms: 0 }],
    ["rooms in memory and the guard of the log, without a look", { onlyNode: true }],
  ])("two processes write to a room in one order by %s", async (_, how) => {
    const eventLog = createMemoryEventLog();
    const [one, two] = [0, 1].map(() => assembleMemoryRooms({ eventLog, ...how }).runtime);
    await one?.rooms.execute(roomId, created);
    for (let n = 0; n < 10; n++) {
      const writer = n % 2 === 0 ? one : two;
      expect(await writer?.rooms.execute(roomId, post(`m${n}`))).toMatchObject({ kind: "accepted", version: n + 2 });
    }
  });
});
