import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createMemoryReservations } from "../../../adapters/memory/reservations.js";
import { sumsNow } from "../../../src/core/values/installation-spending.js";
import type { CallReservation } from "../../../src/ports/call-reservation.js";
import { call, endOfTurn, evening, makeRoom, openProcess, reserve, usage } from "./spending-process.js";

const dayMs = 86_400_000;

describe("limits a day and a month", () => {
  test("of the installation hold over rooms, persons and restarts, and open at midnight in UTC", async () => {
    const clock = createManualClock(evening);
    const limits = { installation: { usdPerDay: 2, usdPerMonth: 3 }, person: {} };
    const before = openProcess(clock, { limits });
    await makeRoom(before, "roomaa");
    await makeRoom(before, "roombb", { owner: "tom" });
    expect(await call(before, "roomaa")).toBe("sent");
    const after = openProcess(clock, { limits, eventLog: before.eventLog });
    expect(await call(after, "roombb")).toBe("sent");
    expect(await call(after, "roomaa")).toBe("installation");
    clock.advance(2 * 3_600_000);
    expect(await call(after, "roomaa")).toBe("sent");
    expect(await call(after, "roombb")).toBe("installation");
    clock.advance(dayMs);
    expect(await call(after, "roombb")).toBe("sent");
  });

  test("of a person hold over the rooms that this person made, and for nobody else", async () => {
    const process = openProcess(createManualClock(evening), {
      limits: { installation: {}, person: { usdPerMonth: 1 } },
    });
    await makeRoom(process, "roomaa");
    await makeRoom(process, "roombb");
    await makeRoom(process, "roomcc", { owner: "tom" });
    expect(await call(process, "roomaa")).toBe("sent");
    expect(await call(process, "roombb")).toBe("person");
    expect(await call(process, "roomcc")).toBe("sent");
  });

  test("of a room survive a restart", async () => {
    const clock = createManualClock(evening);
    const before = openProcess(clock);
    await makeRoom(before, "roomaa", { policy: { budget: { usdPerDay: 1 } } });
    expect(await call(before, "roomaa")).toBe("sent");
    const after = openProcess(clock, { eventLog: before.eventLog });
    expect(await call(after, "roomaa")).toBe("spent");
    clock.advance(2 * 3_600_000);
    expect(await call(after, "roomaa")).toBe("sent");
  });

  test("what is reserved before midnight counts against the day in which it ends", async () => {
    const clock = createManualClock(evening);
    const process = openProcess(clock, { limits: { installation: { usdPerDay: 2 }, person: {} } });
    await makeRoom(process, "roomaa");
    const open = await reserve(process, "roomaa", { usd: 2 });
    clock.advance(2 * 3_600_000);
    const next = reserve(process, "roomaa", { usd: 2 });
    let isOpen = false;
    void next.then(() => {
      isOpen = true;
    });
    await endOfTurn();
    expect(isOpen).toBe(false);
    if (typeof open !== "string") await open.settle(usage(2));
    expect(await next).toBe("installation");
  });
});

test("no interleaving over two processes passes an account by more than one reservation", async () => {
  const limits = { installation: { usd: 6 }, person: { usdPerDay: 4 } };
  const action = fc.record({
    process: fc.nat(1),
    roomId: fc.constantFrom("roomaa", "roombb", "roomcc"),
    usd: fc.integer({ min: 1, max: 2 }),
    share: fc.integer({ min: 0, max: 4 }).map((quarters) => quarters / 4),
  });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(action, { minLength: 4, maxLength: 14 }), async (scheduler, actions) => {
      const clock = createManualClock(evening);
      const shared = {
        eventLog: createMemoryEventLog(),
        reservations: createMemoryReservations(),
        limits,
        isShared: true,
      };
      const one = openProcess(clock, shared);
      const two = openProcess(clock, { ...shared, name: "two" });
      await makeRoom(one, "roomaa", { policy: { budget: { usd: 3 } } });
      await makeRoom(one, "roombb");
      await makeRoom(one, "roomcc", { owner: "tom" });
      const ends = actions.map(async ({ process, roomId, usd, share }) => {
        const leave = new AbortController();
        clock.after(1_000, () => leave.abort());
        await scheduler.schedule(Promise.resolve());
        const reservation = await [one, two][process]?.spending
          .reserve({ roomId, name: "coder" }, { estimate: usage(usd), signal: leave.signal })
          .catch(() => "left" as const);
        await scheduler.schedule(Promise.resolve());
        if (typeof reservation === "object") await (reservation as CallReservation).settle(usage(usd * share));
      });
      let isOver = false;
      void Promise.all(ends).then(() => {
        isOver = true;
      });
      while (!isOver) {
        if (scheduler.count() > 0) await scheduler.waitOne();
        else clock.advance(50);
        await setImmediate();
      }
      await endOfTurn();
      await Promise.all(ends);
      const state = await two.ledger.state();
      const sums = (payer?: string) => sumsNow(payer === undefined ? state : state.persons.get(payer), clock.nowMs());
      const most = 2;
      expect(sums().total.usd).toBeLessThan(6 + most);
      for (const payer of ["local/mia", "local/tom"]) expect(sums(payer).day.usd).toBeLessThan(4 + most);
      expect(await two.rooms.peek("roomaa", (room) => room.usage.usd, { fresh: true })).toBeLessThan(3 + most);
      const ofRooms = await Promise.all(
        ["roomaa", "roombb", "roomcc"].map((id) => two.rooms.peek(id, (room) => room.usage.usd, { fresh: true })),
      );
      expect(sums().total.usd).toBeCloseTo(
        ofRooms.reduce((sum, usd) => sum + usd, 0),
        9,
      );
    }),
    { numRuns: 40 },
  );
});

describe("the switch that stops all spending", () => {
  const stop = { by: "admin", reason: "the bill is too high" };

  test("refuses the next call at every process at once, after a restart too, and lets calls under way end", async () => {
    const clock = createManualClock(evening);
    const eventLog = createMemoryEventLog();
    const one = openProcess(clock, { eventLog, isShared: true });
    const two = openProcess(clock, { eventLog, isShared: true, name: "two" });
    await makeRoom(one, "roomaa");
    expect(await call(two, "roomaa")).toBe("sent");
    const underWay = await reserve(two, "roomaa");
    expect(await one.ledger.stop(stop)).toBe(true);
    expect(await one.ledger.stop(stop)).toBe(false);
    for (const process of [one, two]) expect(await call(process, "roomaa")).toBe("stopped");
    expect(underWay).toBeTypeOf("object");
    if (typeof underWay === "object") await underWay.settle(usage(1));
    await endOfTurn();
    expect(sumsNow(await one.ledger.state(), clock.nowMs()).total.usd).toBe(2);
    const restarted = openProcess(clock, { eventLog });
    expect(await call(restarted, "roomaa")).toBe("stopped");
    expect(await two.ledger.resume("admin")).toBe(true);
    expect(await two.ledger.resume("admin")).toBe(false);
    expect(await call(one, "roomaa")).toBe("sent");
  });

  test("is announced once to each room, and so is its end, by several processes and after a restart", async () => {
    const clock = createManualClock(evening);
    const eventLog = createMemoryEventLog();
    const one = openProcess(clock, { eventLog, isShared: true });
    const two = openProcess(clock, { eventLog, isShared: true, name: "two" });
    for (const roomId of ["roomaa", "roombb"]) {
      await makeRoom(one, roomId);
    }
    const register = { type: "room.registered", roomId: "roomaa" };
    const commit = { id: "r", version: 1, parent: "", at: 1, by: "parley", events: [register] };
    await eventLog.append("rooms", [commit]);
    const notices = async (roomId: string) =>
      (await eventLog.read(`room/${roomId}`)).flatMap((entry) =>
        entry.kind === "commit"
          ? entry.commit.events.flatMap((event) => (event.type === "notice.posted" ? [Object(event).text] : []))
          : [],
      );
    await one.ledger.stop(stop);
    await Promise.all([one.holds.tellRooms(), two.holds.tellRooms(), two.holds.isHeld("roombb")]);
    const restarted = openProcess(clock, { eventLog });
    await restarted.holds.tellRooms();
    expect(await restarted.holds.isHeld("roombb")).toBe(true);
    const stopped =
      "All spending was stopped by admin: the bill is too high. Messages to agents that call the model wait.";
    for (const roomId of ["roomaa", "roombb"]) expect(await notices(roomId)).toEqual([stopped]);
    await restarted.ledger.resume("admin");
    clock.advance(1_000);
    await Promise.all([one.holds.tellRooms(), two.holds.isHeld("roombb")]);
    expect(await one.holds.isHeld("roomaa")).toBe(false);
    const resumed = "Agents may call the model again. Messages that waited are delivered.";
    for (const roomId of ["roomaa", "roombb"]) expect(await notices(roomId)).toEqual([stopped, resumed]);
  });
});

describe("a room whose budget is ten mean calls", () => {
  const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
  const agents = ["coder", "tester"];

  /** Sizes of calls from half to one and a half dollars, the same for the same seed. */
  function sizesOf(seed: number): number[] {
    let state = seed;
    return Array.from({ length: 60 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return 0.5 + state / 2 ** 32;
    });
  }

  /** Calls come as so many callers at once can make them; each may cost four times the mean. */
  async function usefulCalls(seed: number, callers: number): Promise<{ sent: number; usd: number; budget: number }> {
    const sizes = sizesOf(seed);
    const budget = sizes.slice(0, 10).reduce((sum, usd) => sum + usd, 0);
    const clock = createManualClock(evening);
    const process = openProcess(clock);
    await makeRoom(process, "roomaa", { policy: { budget: { usd: budget } } });
    let sent = 0;
    async function callOften(caller: number): Promise<void> {
      for (let calls = 0; calls < 16; calls++) {
        const name = agents[caller % 2] ?? "";
        const reservation = await reserve(process, "roomaa", { usd: 4, name });
        if (typeof reservation === "string") return;
        const usd = sizes[sent] ?? 0;
        sent += 1;
        await setImmediate();
        await reservation.settle(usage(usd));
      }
    }
    await Promise.all(Array.from({ length: callers }, (_, caller) => callOften(caller)));
    return { sent, usd: await process.rooms.peek("roomaa", (room) => room.usage.usd), budget };
  }

  test.each([1, 8])("gets at least nine useful ones, %i at once", async (callers) => {
    for (const seed of seeds) {
      const { sent, usd, budget } = await usefulCalls(seed, callers);
      expect(sent, `seed ${seed}`).toBeGreaterThanOrEqual(9);
      expect(usd, `seed ${seed}`).toBeLessThan(budget + 4);
    }
  });
});
