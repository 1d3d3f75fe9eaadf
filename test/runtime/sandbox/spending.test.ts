import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createMemoryReservations } from "../../../adapters/memory/reservations.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import type { InstallationLimits } from "../../../src/core/values/installation-spending.js";
import type { Clock } from "../../../src/ports/clock.js";
import type { EventLog } from "../../../src/ports/event-log.js";
import { PortError } from "../../../src/ports/port-error.js";
import type { Reservations } from "../../../src/ports/reservations.js";
import { createSpending } from "../../../src/runtime/sandbox/spending.js";
import { openParts } from "../../adapters/redis/support.js";
import { assembleMemoryRooms } from "../../support/memory-parts.js";
import { type RedisServer, startRedis } from "../../support/redis-server.js";
import { needsRedis } from "../../support/require.js";

const roomId = "spendroom";
const agents = ["coder", "tester"];
const usage = (usd: number) => ({
  model: "m",
  inputTokens: 0,
  outputTokens: 10,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  usd,
});
const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** One process that serves the room in `eventLog`. */
function openProcess({
  name,
  eventLog,
  reservations,
  isShared,
  limits = { installation: {}, person: {} },
  clock = createSystemClock(),
}: {
  name: string;
  eventLog: EventLog;
  reservations: Reservations;
  isShared: boolean;
  limits?: InstallationLimits;
  clock?: Clock;
}) {
  const logger = createMemoryLogger();
  const { rooms, ledger } = assembleMemoryRooms({ eventLog, node: name, onlyNode: !isShared, logger, clock });
  let calls = 0;
  const newId = () => {
    calls += 1;
    return `${name}-${calls}`;
  };
  const spending = createSpending({ rooms, reservations, ledger, limits, newId, isShared, clock, logger });
  return { rooms, spending, ledger };
}

type Process = ReturnType<typeof openProcess>;

async function makeRoom({ rooms }: Process, usd: number): Promise<void> {
  await rooms.execute(roomId, {
    type: "room.create",
    by: { kind: "admin" },
    name: "spend",
    owner: "mia",
    agents: agents.map((name) => ({ name, role: "agent", runtime: "function" })),
    policy: { budget: { usd } },
    invites: [],
  });
}

/** A call that may cost a dollar and costs `usd`, after a while. */
async function call({ spending }: Process, { name, usd }: { name: string; usd: number }): Promise<boolean> {
  const reservation = await spending.reserve(
    { roomId, name },
    { estimate: usage(1), signal: new AbortController().signal },
  );
  if (typeof reservation === "string") return false;
  await pause(Math.random() * 10);
  await reservation.settle(usage(usd));
  return true;
}

describe("budgets over two processes", () => {
  async function openTwo(reservations: { one: Reservations; two: Reservations }, usd: number) {
    const eventLog = createMemoryEventLog();
    const one = openProcess({ name: "one", eventLog, reservations: reservations.one, isShared: true });
    const two = openProcess({ name: "two", eventLog, reservations: reservations.two, isShared: true });
    await makeRoom(one, usd);
    const spentUsd = () => one.rooms.peek(roomId, (room) => room.usage.usd, { fresh: true });
    return { one, two, spentUsd };
  }

  async function spendAll({ one, two }: { one: Process; two: Process }, usd: number): Promise<number> {
    const sent = await times(40, (index) =>
      call(index % 2 === 0 ? one : two, { name: agents[index % 3 === 0 ? 0 : 1] ?? "", usd }),
    );
    return sent.filter((wasSent) => wasSent).length;
  }

  needsRedis()("that share their reservations", () => {
    let redis: RedisServer;
    beforeAll(async () => {
      redis = await startRedis();
    });
    afterAll(() => redis.stop());

    async function shared() {
      const options = { url: redis.url, prefix: `spend-${Math.random().toString(36).slice(2)}` };
      const one = await openParts({ ...options, node: "one" });
      const two = await openParts({ ...options, node: "two" });
      closing.push(one.close, two.close);
      return { one: one.reservations, two: two.reservations };
    }

    test("are passed by one call at most", async () => {
      const processes = await openTwo(await shared(), 3);
      const sent = await spendAll(processes, 1);
      expect(sent).toBe(3);
      expect(await processes.spentUsd()).toBeLessThan(3 + 1);
    });

    test("are used up by calls that cost less than they may", async () => {
      const processes = await openTwo(await shared(), 1);
      expect(await spendAll(processes, 0.1)).toBeGreaterThanOrEqual(9);
      expect(await processes.spentUsd()).toBeLessThan(1 + 1);
    });
  });

  test("that do not share them are passed by one call of each at most", async () => {
    const own = { one: createMemoryReservations({ share: 1 / 8 }), two: createMemoryReservations({ share: 1 / 8 }) };
    const processes = await openTwo(own, 3);
    const sent = await spendAll(processes, 1);
    expect(sent).toBeGreaterThanOrEqual(3);
    expect(sent).toBeLessThanOrEqual(4);
  });
});

test("usage that the log did not take stays reserved, and is stored later", async () => {
  const eventLog = createMemoryEventLog();
  let isFull = false;
  const append: EventLog["append"] = (stream, commits) =>
    isFull
      ? Promise.reject(new PortError("full", { code: "full", retryable: false }))
      : eventLog.append(stream, commits);
  const one = openProcess({
    name: "one",
    eventLog: { ...eventLog, append },
    reservations: createMemoryReservations(),
    isShared: false,
  });
  await makeRoom(one, 0.5);
  isFull = true;
  expect(await call(one, { name: "coder", usd: 0.4 })).toBe(true);
  const leave = new AbortController();
  const waiting = one.spending.reserve({ roomId, name: "coder" }, { estimate: usage(1), signal: leave.signal });
  await pause(100);
  expect(await Promise.race([waiting, "waits"])).toBe("waits");
  isFull = false;
  const reservation = await waiting;
  expect(reservation).toBeTypeOf("object");
  expect(await one.rooms.peek(roomId, (room) => room.usage.usd)).toBeCloseTo(0.4, 9);
});
