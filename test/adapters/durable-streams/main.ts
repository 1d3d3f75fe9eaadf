import { parseArgs } from "node:util";
import { runServerCrash } from "./server-crash.js";

/** Kills a stream server under load: `npm run crash:streams -- --runs 5 --kills 20`. */
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "2" },
    kills: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
  },
});
let bad = 0;
for (let run = 0; run < Number(values.runs); run++) {
  const seed = Number(values.seed) + run;
  const counts = await runServerCrash({ kills: Number(values.kills), seed });
  bad += counts.lost + counts.twice + counts.unreadable;
  process.stdout.write(`${JSON.stringify({ seed, ...counts })}\n`);
}
process.exit(bad === 0 ? 0 : 1);
