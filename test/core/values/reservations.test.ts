import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AccountLeft,
  abort,
  emptyLedger,
  isSpent,
  type Ledger,
  reserve,
  reservedOn,
  settleReservation,
  wait,
  wake,
} from "../../../src/core/values/reservations.js";

test.each([
  ["usd", { account: "room", usd: 10 }],
  ["tokens", { account: "room", tokens: 10 }],
])("what is reserved in %s counts until the call has ended", (_, left) => {
  const call = (id: string) => ({ id, amount: { usd: 10, tokens: 10 }, accounts: [left] });
  const first = reserve(emptyLedger, call("first"));
  expect(first.before).toEqual([{ usd: 0, tokens: 0 }]);
  expect(reserve(first.ledger, call("second")).before).toBeUndefined();
  const ended = settleReservation(first.ledger, "first");
  expect(reserve(ended, call("second")).before).toEqual([{ usd: 0, tokens: 0 }]);
});

interface Budget {
  account: string;
  limit: number;
}

/** A world in which calls come, wait, are sent and end in any order; the cost is known only at a call's end. */
interface World {
  ledger: Ledger;
  spent: Map<string, number>;
  sent: Map<string, { accounts: readonly string[]; estimate: number }>;
  asked: Map<string, { accounts: readonly string[]; estimate: number }>;
  /** Refused calls, each with whether another reservation existed on an account that blocked it. */
  refused: string[];
  largest: number;
}

const budgets: readonly Budget[] = [
  { account: "room", limit: 10 },
  { account: "agent", limit: 4 },
  { account: "other", limit: 7 },
  { account: "room-2", limit: 6 },
  { account: "person", limit: 9 },
  { account: "installation", limit: 8 },
];

const beyondRooms = ["person", "installation"];

const leftOf = (world: World, accounts: readonly string[]): AccountLeft[] =>
  budgets
    .filter(({ account }) => accounts.includes(account))
    .map(({ account, limit }) => ({ account, usd: limit - (world.spent.get(account) ?? 0) }));

function tryToSend(world: World, id: string): void {
  const call = world.asked.get(id);
  if (!call) return;
  const accounts = leftOf(world, call.accounts);
  if (isSpent(accounts)) {
    world.ledger = abort(world.ledger, id);
    world.asked.delete(id);
    world.refused.push(id);
    return;
  }
  const made = reserve(world.ledger, { id, amount: { usd: call.estimate, tokens: 1 }, accounts });
  world.ledger = made.before ? made.ledger : wait(made.ledger, id);
  if (!made.before) return;
  world.asked.delete(id);
  world.sent.set(id, call);
  world.largest = Math.max(world.largest, call.estimate);
}

function end(world: World, { pick, share }: { pick: number; share: number }): void {
  const ids = [...world.sent.keys()];
  const id = ids[pick % Math.max(ids.length, 1)];
  const call = id === undefined ? undefined : world.sent.get(id);
  if (id === undefined || !call) return;
  world.sent.delete(id);
  for (const account of call.accounts)
    world.spent.set(account, (world.spent.get(account) ?? 0) + call.estimate * share);
  world.ledger = settleReservation(world.ledger, id);
  const { ledger, woken } = wake(world.ledger);
  world.ledger = ledger;
  for (const one of woken) tryToSend(world, one);
}

const step = fc.oneof(
  fc.record({
    kind: fc.constant("ask" as const),
    accounts: fc.constantFrom(
      ["room", "agent"],
      ["room", "other"],
      ["room"],
      ["room", "agent", ...beyondRooms],
      ["room-2", ...beyondRooms],
      ["installation"],
    ),
    estimate: fc.double({ min: 0.01, max: 3, noNaN: true }),
  }),
  fc.record({ kind: fc.constant("end" as const), pick: fc.nat(50), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant("leave" as const), pick: fc.nat(50) }),
);

function play(
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
  check: (world: World) => void,
): World {
  const world: World = {
    ledger: emptyLedger,
    spent: new Map(),
    sent: new Map(),
    asked: new Map(),
    refused: [],
    largest: 0,
  };
  steps.forEach((one, index) => {
    if (one.kind === "ask") {
      world.asked.set(`c${index}`, one);
      tryToSend(world, `c${index}`);
    }
    if (one.kind === "end") end(world, one);
    if (one.kind === "leave") {
      const id = [...world.asked.keys()][one.pick % Math.max(world.asked.size, 1)];
      if (id !== undefined) {
        world.asked.delete(id);
        world.ledger = abort(world.ledger, id);
      }
    }
    check(world);
  });
  return world;
}

describe("reservations", () => {
  test("no order of calls and ends passes a budget by more than one reservation", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        play(steps, (world) => {
          for (const { account, limit } of budgets) {
            const committed = (world.spent.get(account) ?? 0) + reservedOn(world.ledger, account).usd;
            expect(committed).toBeLessThan(limit + world.largest + 1e-9);
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  test("a call is reserved on all of its accounts or on none", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        play(steps, ({ ledger, sent }) => {
          expect([...ledger.open.keys()].sort()).toEqual([...sent.keys()].sort());
          for (const [id, { accounts }] of ledger.open) expect(accounts).toEqual(sent.get(id)?.accounts);
        });
      }),
    );
  });

  test("a waiting call always has another to wait for, and is sent or refused once all others have ended", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const world = play(steps, ({ ledger, asked }) => {
          expect(new Set(ledger.waiting)).toEqual(new Set(asked.keys()));
          if (asked.size > 0) expect(ledger.open.size).toBeGreaterThan(0);
        });
        while (world.sent.size > 0) end(world, { pick: 0, share: 1 });
        expect([world.asked.size, world.ledger.waiting.length, world.ledger.open.size]).toEqual([0, 0, 0]);
      }),
      { numRuns: 500 },
    );
  });

  test("calls that wait are woken in the order in which they came", () => {
    let ledger = wait(wait(wait(emptyLedger, "a"), "b"), "a");
    ledger = abort(wait(ledger, "c"), "b");
    const { ledger: next, woken } = wake(ledger);
    expect([woken, next.waiting]).toEqual([["a", "c"], []]);
  });

  test("releases without a reservation change nothing", () => {
    const { ledger } = reserve(emptyLedger, { id: "a", amount: { usd: 1, tokens: 1 }, accounts: [{ account: "x" }] });
    expect(settleReservation(ledger, "b")).toBe(ledger);
    expect(reservedOn(settleReservation(ledger, "a"), "x")).toEqual({ usd: 0, tokens: 0 });
  });
});
