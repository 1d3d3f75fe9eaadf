import { expect, test } from "vitest";
import {
  atRest,
  isAtRest,
  isStartable,
  type ReaderState,
  runFailed,
  runStarted,
  runSucceeded,
  wokenAt,
  wokenNow,
} from "../../../adapters/memory/reader-state.js";

const queued = { ...atRest, isQueued: true };
const running = { ...atRest, isRunning: true };
const wokenWhileRunning = { ...running, isQueued: true };
const timed = { ...atRest, dueMs: 500 };

test.each<[string, ReaderState, ReaderState]>([
  ["a wake queues a reader at rest", wokenNow(atRest), queued],
  ["a second wake changes nothing", wokenNow(queued), queued],
  ["a wake takes the place of a later one", wokenNow(timed), queued],
  ["a wake during a run stays", wokenNow(running), wokenWhileRunning],
  ["a delayed wake sets the time", wokenAt(atRest, 500), timed],
  ["the earlier of two delayed wakes counts", wokenAt(timed, 400), { ...timed, dueMs: 400 }],
  ["the later of two delayed wakes does not count", wokenAt(timed, 600), timed],
  ["a delayed wake adds nothing to a wake", wokenAt(queued, 500), queued],
  ["a run uses up the wake", runStarted(queued), running],
  ["a run that ends well leaves the reader at rest", runSucceeded({ ...running, failures: 3 }), atRest],
  ["a run that ends well keeps a wake that came meanwhile", runSucceeded(wokenWhileRunning), queued],
  [
    "a run that throws is tried again after 100 ms",
    runFailed(running, 1_000),
    { ...atRest, failures: 1, dueMs: 1_100 },
  ],
  [
    "each run that throws doubles the wait",
    runFailed({ ...running, failures: 3 }, 1_000),
    { ...atRest, failures: 4, dueMs: 1_800 },
  ],
  [
    "the wait ends at 30 s",
    runFailed({ ...running, failures: 100 }, 1_000),
    { ...atRest, failures: 101, dueMs: 31_000 },
  ],
  [
    "a wake during a run that throws waits for the retry",
    runFailed(wokenWhileRunning, 1_000),
    { ...atRest, failures: 1, dueMs: 1_100 },
  ],
  [
    "a delayed wake before the retry counts",
    runFailed({ ...running, dueMs: 1_050 }, 1_000),
    { ...atRest, failures: 1, dueMs: 1_050 },
  ],
])("%s", (_, state, expected) => {
  expect(state).toEqual(expected);
});

test.each<[string, ReaderState, { startable: boolean; rests: boolean }]>([
  ["at rest", atRest, { startable: false, rests: true }],
  ["woken", queued, { startable: true, rests: false }],
  ["running", running, { startable: false, rests: false }],
  ["running and woken again", wokenWhileRunning, { startable: false, rests: false }],
  ["waiting for its time", timed, { startable: false, rests: false }],
])("a reader that is %s can begin, and be forgotten, accordingly", (_, state, { startable, rests }) => {
  expect([isStartable(state), isAtRest(state)]).toEqual([startable, rests]);
});
