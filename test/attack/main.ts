import { oneOf, positiveNumber, readCommand } from "../support/command-options.js";
import { brokenBy, linesOf } from "./figures.js";
import { runAttack } from "./run-attack.js";
import { sandboxesHere, type TargetKind } from "./target.js";

/**
 * `npm run attack -- --minutes 10`: hostile sandboxes, members, viewers, strangers, scripts, names and a hostile provider at once, for that long against one process and
 * then against a fleet of two. Prints the measurements. Exits with 1 if anything was broken.
 */
const { values } = readCommand({
  command: "npm run attack --",
  options: {
    minutes: positiveNumber(1, { atMost: 600 }),
    on: oneOf(["process", "fleet", "both"], "both"),
    sandbox: oneOf(["docker", "process", "none"], sandboxesHere()),
  },
});
const { minutes, sandbox } = values;
const kinds: TargetKind[] = values.on === "both" ? ["process", "fleet"] : [values.on];

const print = (line: string): void => void process.stdout.write(`${line}\n`);
let broken = 0;
for (const on of kinds) {
  print(`== attack on ${on === "fleet" ? "a fleet of two" : "one process"}, ${minutes} min`);
  const { figures, demands } = await runAttack({ on, sandbox, minutes, report: print });
  for (const line of linesOf(figures)) print(line);
  const sentences = brokenBy(figures, demands);
  for (const sentence of sentences) print(`BROKEN: ${sentence}`);
  if (sentences.length === 0) print("nothing broke");
  broken += sentences.length;
}
process.exit(broken === 0 ? 0 : 1);
