import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMoves } from "../../../adapters/postgres/moves.js";
import type { StreamHead } from "../../../src/ports/event-log.js";

/** Looks at the heads that answer only when they are told to. */
function givenMoves() {
  const clock = createManualClock(0);
  const answers: ((heads: StreamHead[]) => void)[] = [];
  let looks = 0;
  const moves = createMoves({
    clock,
    instance: "one",
    followed: () => ["room/r1"],
    headsOf() {
      looks += 1;
      return new Promise((resolve) => answers.push(resolve));
    },
    onMoved: () => {},
  });
  const answerAll = async () => {
    for (const answer of answers.splice(0)) answer([]);
    await turn();
  };
  return { clock, moves, answerAll, looks: () => looks };
}

test("streams that are followed during a look at the database cause no more looks after it", async () => {
  const { clock, moves, answerAll, looks } = givenMoves();
  moves.watch();
  clock.advance(100);
  expect(looks()).toBe(1);
  for (let follower = 0; follower < 3; follower += 1) moves.watch();
  await answerAll();
  for (let look = 0; look < 10; look += 1) {
    clock.advance(100);
    await answerAll();
  }
  expect(looks()).toBe(11);
  await moves.stop();
});

test("nothing is looked at after the stop, whatever was followed during the last look", async () => {
  const { clock, moves, answerAll, looks } = givenMoves();
  moves.watch();
  clock.advance(100);
  moves.watch();
  const stopped = moves.stop();
  await answerAll();
  await stopped;
  expect(clock.untilNext()).toBeUndefined();
  expect(looks()).toBe(1);
});
