import { expect, test } from "vitest";
import { enqueue, type InFlight, joinBatch, nothingInFlight, takeBatch } from "../../../src/runtime/rooms/in-flight.js";

const idle: InFlight<string> = nothingInFlight;
const writing = (...queued: string[]): InFlight<string> => ({ queued, isWriting: true });

test.each<[string, InFlight<string>, object]>([
  ["begins the writer where none writes", idle, { next: writing("x"), startsWriter: true }],
  ["waits for the writer behind a batch under way", writing(), { next: writing("x"), startsWriter: false }],
  ["goes behind what waits already", writing("a", "b"), { next: writing("a", "b", "x"), startsWriter: false }],
])("a command %s", (_, state, expected) => {
  expect(enqueue(state, "x")).toEqual(expected);
});

test.each<[string, InFlight<string>, object]>([
  ["takes all that waits as one batch, in order", writing("a", "b"), { next: writing(), batch: ["a", "b"] }],
  ["ends when nothing waits", writing(), { next: idle, batch: [] }],
])("the writer %s", (_, state, expected) => {
  expect(takeBatch(state)).toEqual(expected);
});

test.each<[string, InFlight<string>, string[], object]>([
  ["takes in what came meanwhile", writing("b", "c"), ["a"], { next: writing(), batch: ["a", "b", "c"] }],
  ["stays as it is where nothing came", writing(), ["a"], { next: writing(), batch: ["a"] }],
])("a batch that is decided on again %s", (_, state, batch, expected) => {
  expect(joinBatch(state, batch)).toEqual(expected);
});

test("a transition changes no state it is given", () => {
  const state = writing("a");
  enqueue(state, "b");
  takeBatch(state);
  joinBatch(state, ["c"]);
  expect(state).toEqual(writing("a"));
  expect(nothingInFlight).toEqual({ queued: [], isWriting: false });
});

test("a command is in one batch and no other, and the writer ends once", () => {
  let state = idle;
  const written: string[] = [];
  let writers = 0;
  const submit = (item: string) => {
    const { next, startsWriter } = enqueue(state, item);
    state = next;
    if (startsWriter) writers += 1;
  };
  submit("a");
  submit("b");
  for (let round = 0; state.isWriting; round++) {
    const taken = takeBatch(state);
    state = taken.next;
    if (round === 0) submit("c");
    written.push(...taken.batch);
  }
  submit("d");
  expect([written, writers, state.queued]).toEqual([["a", "b", "c"], 2, ["d"]]);
});
