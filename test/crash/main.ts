import { parseArgs } from "node:util";
import { runCrashStory } from "./crash-story.js";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "2" },
    kills: { type: "string", default: "20" },
    writers: { type: "string", default: "2" },
    seed: { type: "string", default: "1" },
  },
});

for (let run = 0; run < Number(values.runs); run++) {
  const seed = Number(values.seed) + run;
  console.log(
    JSON.stringify({
      seed,
      ...(await runCrashStory({ kills: Number(values.kills), writers: Number(values.writers), seed })),
    }),
  );
}
