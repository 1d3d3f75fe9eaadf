import { expect, test } from "vitest";
import { runCrashStory } from "./crash-story.js";

test("a server killed with -9 at 10 random moments loses nothing it acknowledged and says nothing twice", {
  timeout: 180_000,
}, async () => {
  const counts = await runCrashStory({ kills: 10, seed: 42 });
  console.log(JSON.stringify(counts));
  const {
    lostMessages,
    lostDecisions,
    messagesWithoutTurn,
    messagesInTwoTurns,
    saidTwice,
    unansweredTasks,
    brokenChain,
  } = counts;
  expect({
    lostMessages,
    lostDecisions,
    messagesWithoutTurn,
    messagesInTwoTurns,
    saidTwice,
    unansweredTasks,
    brokenChain,
  }).toEqual({
    lostMessages: 0,
    lostDecisions: 0,
    messagesWithoutTurn: 0,
    messagesInTwoTurns: 0,
    saidTwice: 0,
    unansweredTasks: 0,
    brokenChain: 0,
  });
  expect(counts.messagesAcknowledged).toBeGreaterThan(10);
  expect(counts.decisionsAcknowledged).toBeGreaterThan(3);
});
