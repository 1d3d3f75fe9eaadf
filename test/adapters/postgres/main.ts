import { parseArgs } from "node:util";
import { runServerCrash } from "./server-crash.js";

/** Kills a PostgreSQL of its own under load: `npm run crash:postgres -- --runs 200`. */
const { values } = parseArgs({
  options: { runs: { type: "string", default: "20" }, seed: { type: "string", default: "1" } },
});
const counts = await runServerCrash({ kills: Number(values.runs), seed: Number(values.seed) });
process.stdout.write(`${JSON.stringify({ seed: Number(values.seed), ...counts })}\n`);
process.exit(counts.lost + counts.twice + counts.unreadable + counts.broken === 0 ? 0 : 1);
