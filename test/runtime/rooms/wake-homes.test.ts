import { expect, test, vi } from "vitest";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { type CallTrouble, createMemoryFleetCalls, type FleetCallTable } from "../../../adapters/memory/fleet-calls.js";
import { createMemoryLeases, type LeaseTable } from "../../../adapters/memory/leases.js";
import type { Command } from "../../../src/core/room/command.js";
import type { Wakeups } from "../../../src/ports/wakeups.js";
import { assembleMemoryRooms } from "../../support/memory-parts.js";
import { realClock } from "../../support/stub-clock.js";

const roomId = "aroom";
const reader = `agent@two/${roomId}/coder`;
const created: Command = {
  type: "room.create",
  by: { kind: "admin" },
  name: "a",
  owner: "mia",
  agents: [{ name: "coder", role: "coder", runtime: "function" }],
  policy: { loopGuard: false },
  invites: [],
};
const post = (body: string): Command => ({
  type: "message.post",
  by: { kind: "person", name: "mia" },
  messageId: `m-${body}`,
  body,
  to: ["coder"],
});

/** Two processes with one log. The agent is at home at `two` and has nothing to do; `one` writes the room. */
async function openTwo() {
  const eventLog = createMemoryEventLog();
  const leases: LeaseTable = new Map();
  const table: FleetCallTable = new Map();
  const reads = { one: 0, two: 0, three: 0 };
  const woken = { one: [] as string[], two: [] as string[], three: [] as string[] };
  const state: { trouble: CallTrouble | undefined } = { trouble: undefined };
  const open = (node: "one" | "two" | "three", version = "1") => {
    const wakeups: Wakeups = {
      wake: (name) => void woken[node].push(name),
      work: () => async () => {},
      check: async () => ({ ok: true }),
    };
    const counted = {
      ...eventLog,
      head: (stream: string) => {
        reads[node] += 1;
        return eventLog.head(stream);
      },
      read: (...asked: Parameters<typeof eventLog.read>) => {
        reads[node] += 1;
        return eventLog.read(...asked);
      },
    };
    return assembleMemoryRooms({
      eventLog: counted,
      wakeups,
      node,
      onlyNode: false,
      version,
      calls: createMemoryFleetCalls({ node, table, trouble: () => state.trouble }),
      leases: createMemoryLeases({ clock: realClock, node, table: leases }),
    });
  };
  const [one, two] = [open("one"), open("two")];
  await one.rooms.execute(roomId, created);
  await one.rooms.execute(roomId, post("first"));
  const turn = { agent: "coder", turnId: "t1" } as const;
  await two.rooms.execute(roomId, { type: "turn.start", ...turn, node: "two", boot: "b", onlyAtHome: true });
  await two.rooms.execute(roomId, { type: "turn.end", ...turn, outcome: "done" });
  await vi.waitFor(() => expect(woken.two).not.toEqual([]), 10_000);
  const forget = () => {
    for (const list of Object.values(woken)) list.length = 0;
    Object.assign(reads, { one: 0, two: 0, three: 0 });
  };
  forget();
  return { one, two, open, reads, woken, state, forget };
}

const versionAt = ({ rooms }: ReturnType<typeof assembleMemoryRooms>) => rooms.peek(roomId, ({ version }) => version);

test("an agent at home at another process is woken there, with the commits that process lacks", async () => {
  const { one, two, reads, woken } = await openTwo();
  for (const body of ["a", "b", "c"]) {
    const executed = await one.rooms.execute(roomId, post(body));
    await vi.waitFor(() => expect(woken.two).toContain(reader), 10_000);
    woken.two.length = 0;
    expect(await versionAt(two)).toBe(executed.kind === "accepted" ? executed.version : 0);
  }
  expect(woken.one).toEqual([]);
  expect(reads).toEqual({ one: 0, two: 0, three: 0 });
  const events = await two.rooms.eventsAt(roomId, await versionAt(two));
  expect(events).toMatchObject([{ type: "message.posted", body: "c" }]);
  expect(reads.two).toBe(0);
});

test.each(["unreachable", "answer-lost"] as const)(
  "the agent is woken through the shared wake-ups when its process is not heard from (%s)",
  async (trouble) => {
    const { one, two, woken, state } = await openTwo();
    state.trouble = trouble;
    await one.rooms.execute(roomId, post("a"));
    await vi.waitFor(() => expect(woken.one).toEqual([reader]), 10_000);
    state.trouble = undefined;
    // That process is left alone for a while.
    await one.rooms.execute(roomId, post("b"));
    await vi.waitFor(() => expect(woken.one).toEqual([reader, reader]), 10_000);
    const seen = await two.rooms.peek(roomId, (room) => room.waiting.size, { fresh: true });
    expect(seen).toBe(2);
  },
);

test("a process that lacks more commits than it is told reads the log before it wakes the agent", async () => {
  const { one, two, reads, woken, state, forget } = await openTwo();
  state.trouble = "unreachable";
  for (let at = 0; at < 200; at++) await one.rooms.execute(roomId, { ...post(`${at}`), to: "room" } as Command);
  state.trouble = undefined;
  await vi.waitFor(async () => {
    forget();
    await one.rooms.execute(roomId, post(`later ${Math.random()}`));
    await vi.waitFor(() => expect(woken.two).toContain(reader), 1_000);
  }, 20_000);
  expect(reads.two).toBeGreaterThan(0);
  expect(await versionAt(two)).toBe(await versionAt(one));
});

test("a process of another version is woken through the shared wake-ups", async () => {
  const { open, woken } = await openTwo();
  const later = open("three", "2");
  await later.rooms.execute(roomId, post("a"));
  await vi.waitFor(() => expect(woken.three).toEqual([reader]), 10_000);
  expect(woken.two).toEqual([]);
});
