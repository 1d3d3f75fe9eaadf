import { expect, test } from "vitest";
import type { Lease } from "../../../src/ports/leases.js";
import {
  afterGuestCommands,
  afterOwnCommand,
  extended,
  hasToAsk,
  holderGone,
  holderIn,
  isToExtend,
  type KnownHolder,
} from "../../../src/runtime/rooms/room-holder.js";

const leaseThat = (isHeld: boolean): Lease => ({ isHeld: () => isHeld, release: async () => {} });
const lease = leaseThat(true);
const here = holderIn({ kind: "held", lease }, 1_000);
const there = holderIn({ kind: "elsewhere", node: "b" }, 1_000);

test.each<[string, KnownHolder | undefined, number, boolean]>([
  ["nothing is known", undefined, 0, true],
  ["the lease is held here", here, 100_000, false],
  ["the lease ran out", { ...here, lease: leaseThat(false) } as KnownHolder, 1_001, true],
  ["another process had it a moment ago", there, 2_999, false],
  ["another process had it some time ago", there, 3_000, true],
  ["the holder was gone a moment ago", holderGone(1_000), 1_999, false],
  ["the holder was gone some time ago", holderGone(1_000), 2_000, true],
])("whether the lease is asked for, when %s", (_name, known, nowMs, expected) => {
  expect(hasToAsk(known, nowMs)).toBe(expected);
});

test("a lease in use is extended after 3 s, another process's never", () => {
  expect([3_999, 4_000].map((nowMs) => isToExtend(here, nowMs))).toEqual([false, true]);
  expect(isToExtend(there, 100_000)).toBe(false);
});

test("a room is given to a process that alone had 64 commands for it", () => {
  let known = here;
  for (let at = 1; at < 64; at++) {
    const { next, isToGive } = afterGuestCommands(known, { node: "b", count: 1 });
    expect(isToGive).toBe(false);
    known = extended(next, { kind: "held", lease }, 1_000);
  }
  expect(afterGuestCommands(known, { node: "b", count: 1 }).isToGive).toBe(true);
  expect(afterGuestCommands(known, { node: "c", count: 63 }).isToGive).toBe(false);
  expect(afterGuestCommands(afterOwnCommand(known), { node: "b", count: 63 }).isToGive).toBe(false);
});

test("guests of a room that is written elsewhere are not counted", () => {
  expect(afterGuestCommands(there, { node: "b", count: 1_000 })).toEqual({ next: there, isToGive: false });
});
