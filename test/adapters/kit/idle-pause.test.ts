import { expect, test } from "vitest";
import { createIdlePause } from "../../../adapters/kit/idle-pause.js";
import { createManualClock } from "../../../adapters/memory/clock.js";

const idlePauseMs = 60_000;
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function createScene() {
  const clock = createManualClock(0);
  const calls: string[] = [];
  const process = { pause: async () => void calls.push("pause"), resume: async () => void calls.push("resume") };
  const turns = { isBusy: false, idle: async () => {} };
  return { clock, calls, turns, pause: createIdlePause({ process, turns, idlePauseMs, clock }) };
}

test("freezes an idle process after its time, and wakes it before something is handed over", async () => {
  const { clock, calls, pause } = createScene();
  clock.advance(idlePauseMs);
  await settle();
  expect(calls).toEqual(["pause"]);
  await pause.wake();
  expect(calls).toEqual(["pause", "resume"]);
});

test("never freezes what has ended: its name may belong to the process after it", async () => {
  const { clock, calls, pause } = createScene();
  pause.leave();
  clock.advance(10 * idlePauseMs);
  await settle();
  expect(calls).toEqual([]);
});

test("never freezes what ended in a turn that the freeze had waited for", async () => {
  const { clock, calls, turns, pause } = createScene();
  turns.isBusy = true;
  clock.advance(idlePauseMs);
  pause.leave();
  turns.isBusy = false;
  await settle();
  clock.advance(10 * idlePauseMs);
  await settle();
  expect(calls).toEqual([]);
});
