import { readCommand, seedNumber, wholeNumber } from "../../support/command-options.js";
import { runServerCrash } from "./server-crash.js";

/** Kills a stream server under load: `npm run crash:streams -- --runs 5 --kills 20`. */
const { values } = readCommand({
  command: "npm run crash:streams --",
  options: { runs: wholeNumber(2), kills: wholeNumber(20), seed: seedNumber() },
});
let bad = 0;
for (let seed = values.seed; seed < values.seed + values.runs; seed++) {
  const counts = await runServerCrash({ kills: values.kills, seed });
  bad += counts.lost + counts.twice + counts.unreadable;
  process.stdout.write(`${JSON.stringify({ seed, ...counts })}\n`);
}
process.exit(bad === 0 ? 0 : 1);
