import { readCommand, seedNumber, wholeNumber } from "../support/command-options.js";
import { runCrashStory } from "./crash-story.js";

/** Kills a process that people write to: `npm run crash -- --runs 5`. */
const { values } = readCommand({
  command: "npm run crash --",
  options: { runs: wholeNumber(2), kills: wholeNumber(20), writers: wholeNumber(2), seed: seedNumber() },
});
const { kills, writers } = values;

for (let seed = values.seed; seed < values.seed + values.runs; seed++)
  console.log(JSON.stringify({ seed, ...(await runCrashStory({ kills, writers, seed })) }));
