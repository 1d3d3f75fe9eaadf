import { expect, test } from "vitest";
import {
  beginPeriod,
  emptyReading,
  giveUp,
  isCurrent,
  markRead,
  stillToRead,
  want,
} from "../../../../src/runtime/chat/inbound/reading.js";

test("no thread is current before its history is read", () => {
  expect(isCurrent(emptyReading, "a")).toBe(false);
  expect(isCurrent(markRead(emptyReading, "a", 1), "a")).toBe(true);
});

test("a lost connection makes every thread stale, also one whose reading was under way", () => {
  const lost = beginPeriod(markRead(emptyReading, "a", 1));
  expect(isCurrent(lost, "a")).toBe(false);
  expect(isCurrent(markRead(lost, "b", 1), "b")).toBe(false);
  expect(isCurrent(markRead(lost, "b", 2), "b")).toBe(true);
});

test("a thread that was given up is current and still to be read, until the next period", () => {
  const given = giveUp(want(emptyReading, "a"), "a");
  expect(isCurrent(given, "a")).toBe(true);
  expect(stillToRead(given, ["a"])).toEqual(["a"]);
  expect(isCurrent(beginPeriod(given), "a")).toBe(false);
});

test("threads with waiting messages come first, in the order in which they began to wait", () => {
  const reading = markRead(want(want(emptyReading, "c"), "b"), "a", 1);
  expect(stillToRead(reading, ["a", "b", "c", "d"])).toEqual(["c", "b", "d"]);
});
