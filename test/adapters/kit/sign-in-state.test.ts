import { describe, expect, test } from "vitest";
import {
  answered,
  doubtDelayMs,
  failed,
  isBetter,
  lookBegan,
  lookDelayMs,
  retryDelayMs,
  type SignInState,
  started,
  stopped,
  unreached,
} from "../../../adapters/kit/sign-in-state.js";

const notReached = "Slack was not reached yet.";
const on = started(unreached(notReached), notReached);
const looking = lookBegan(on, 1_000);
const good = answered(looking, { problem: undefined, rights: 3 });
const lacking = answered(looking, { problem: "A scope is missing.", rights: 2 });
const bad = failed(looking, "The token is wrong.");

describe("a state of the sign-in", () => {
  test.each<[string, SignInState, Partial<SignInState>]>([
    ["nothing happened", unreached(notReached), { isWatching: false, isGood: false, problem: notReached }],
    ["it started", on, { run: 1, isWatching: true, isLooking: false, isGood: false }],
    ["a look began", looking, { isLooking: true, isGood: false, lookedAtMs: 1_000, problem: notReached }],
    ["a look began while the token was good", lookBegan(good, 2_000), { isGood: true, lookedAtMs: 2_000 }],
    ["the token was accepted", good, { isLooking: false, isGood: true, problem: undefined, rights: 3, failures: 0 }],
    ["a right is missing", lacking, { isGood: true, problem: "A scope is missing." }],
    ["the token was refused", bad, { isGood: false, problem: "The token is wrong.", failures: 1 }],
    ["it was refused again", failed(bad, "Away."), { failures: 2, problem: "Away." }],
    ["it was accepted after failures", answered(bad, { problem: undefined }), { failures: 0, isGood: true, rights: 0 }],
    ["a refusal takes no right", failed(good, "Away."), { rights: 3 }],
    ["it stopped", stopped(lookBegan(good, 2_000)), { run: 2, isWatching: false, isLooking: false, isGood: true }],
    ["it started again", started(stopped(good), notReached), { run: 3, isGood: false, problem: notReached }],
  ])("after %s", (_what, state, expected) => {
    expect(state).toMatchObject(expected);
  });

  test.each<[string, SignInState, number | undefined]>([
    ["good", good, 30_000],
    ["lacking a right", lacking, 30_000],
    ["bad", bad, 500],
    ["bad for the second time", failed(bad, "Away."), 1_000],
    ["stopped", stopped(good), undefined],
  ])("that is %s is followed by a regular look after its delay", (_what, state, delayMs) => {
    expect(lookDelayMs(state)).toBe(delayMs);
  });

  test.each<[string, SignInState, number, number | undefined]>([
    ["good", good, 1_500, 1_500],
    ["good and old", good, 60_000, 0],
    ["bad", bad, 1_500, undefined],
    ["looking", lookBegan(good, 1_000), 1_500, undefined],
    ["stopped", stopped(good), 1_500, undefined],
  ])("that is %s is doubted with one look in two seconds", (_what, state, nowMs, delayMs) => {
    expect(doubtDelayMs(state, nowMs)).toBe(delayMs);
  });

  test.each<[string, SignInState, SignInState, boolean]>([
    ["the first good answer", on, good, true],
    ["the first answer that lacks a right", on, lacking, true],
    ["a bad answer", good, bad, false],
    ["recovery", bad, good, true],
    ["the same again", good, good, false],
    ["a right more", lacking, good, true],
    ["a right less", good, lacking, false],
    ["a problem that is gone, rights not counted", { ...lacking, rights: 0 }, { ...good, rights: 0 }, true],
  ])("is compared: %s", (_what, before, now, expected) => {
    expect(isBetter(before, now)).toBe(expected);
  });

  test.each([
    [0, 500],
    [1, 500],
    [2, 1_000],
    [7, 30_000],
    [2_000, 30_000],
  ])("waits after %i failures %i ms", (failures, delayMs) => {
    expect(retryDelayMs(failures)).toBe(delayMs);
  });
});
