import { readCommand, seedNumber, wholeNumber } from "../../support/command-options.js";
import { runServerCrash } from "./server-crash.js";

/** Kills a PostgreSQL of its own under load: `npm run crash:postgres -- --runs 200`. */
const { values } = readCommand({
  command: "npm run crash:postgres --",
  options: { runs: wholeNumber(20), seed: seedNumber() },
});
const counts = await runServerCrash({ kills: values.runs, seed: values.seed });
process.stdout.write(`${JSON.stringify({ seed: values.seed, ...counts })}\n`);
process.exit(counts.lost + counts.twice + counts.unreadable + counts.broken === 0 ? 0 : 1);
