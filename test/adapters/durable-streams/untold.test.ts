import { expect, test } from "vitest";
import {
  nothingUntold,
  takeUntold,
  toldAgain,
  type Untold,
  withChange,
  withFailed,
  withTold,
} from "../../../adapters/durable-streams/untold.js";

const versions = (entries: Record<string, number>) => new Map(Object.entries(entries));
const empty = nothingUntold(1_000);
const waiting = (entries: Record<string, number>): Untold => ({ ...empty, waiting: versions(entries) });
const told = (younger: Record<string, number>, older: Record<string, number> = {}): Untold => ({
  ...empty,
  told: [versions(younger), versions(older)],
});

test.each<[string, Untold, Untold]>([
  ["a change waits to be told", withChange(empty, "a", 1), waiting({ a: 1 })],
  ["the latest change of a stream counts", withChange(waiting({ a: 1, b: 1 }), "a", 2), waiting({ a: 2, b: 1 })],
  ["a batch that failed waits again", withFailed(waiting({ b: 2 }), versions({ a: 1 })), waiting({ a: 1, b: 2 })],
  ["a change after a batch that failed counts", withFailed(waiting({ a: 2 }), versions({ a: 1 })), waiting({ a: 2 })],
  ["a batch that went out is remembered", withTold(empty, versions({ a: 1 }), 2_000), told({ a: 1 })],
  [
    "after 30 s the younger part becomes the older one",
    withTold(told({ a: 1 }, { z: 1 }), versions({ b: 1 }), 31_001),
    { ...told({ b: 1 }, { a: 1 }), agedAtMs: 31_001 },
  ],
  [
    "until then it grows",
    withTold(told({ a: 1 }, { z: 1 }), versions({ a: 2, b: 1 }), 31_000),
    told({ a: 2, b: 1 }, { z: 1 }),
  ],
])("%s", (_, state, expected) => {
  expect(state).toEqual(expected);
});

test("all that waits is taken as one batch", () => {
  expect(takeUntold(waiting({ a: 1, b: 2 }))).toEqual({ next: empty, batch: versions({ a: 1, b: 2 }) });
});

test("what was told lately is told again at its latest version, and nothing older than what waits", () => {
  const state = { ...told({ a: 3, b: 2 }, { a: 2, z: 1 }), waiting: versions({ b: 4 }) };
  expect(toldAgain(state).waiting).toEqual(versions({ a: 3, z: 1, b: 4 }));
});
