import { parseArgs } from "node:util";
import { brokenBy, linesOf } from "./figures.js";
import { runAttack } from "./run-attack.js";
import type { SandboxKind } from "./sandboxes.js";
import { sandboxesHere, type TargetKind } from "./target.js";

/**
 * `npm run attack -- --minutes 10`: hostile sandboxes, members, viewers, strangers, scripts, names and a hostile provider at once, for that long against one process and
 * then against a fleet of two. Prints the measurements. Exits with 1 if anything was broken.
 */
const usage = `usage: npm run attack -- [--minutes 1] [--on process|fleet|both] [--sandbox docker|process|none]
`;

function refuse(why: string): never {
  process.stderr.write(`${why}\n\n${usage}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        minutes: { type: "string", default: "1" },
        on: { type: "string", default: "both" },
        sandbox: { type: "string" },
      },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const values = readArguments();
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 600)) refuse(`--minutes needs a number above 0 and up to 600, not ${values.minutes}`);
if (!["process", "fleet", "both"].includes(values.on)) refuse(`--on is process, fleet or both, not ${values.on}`);
const kinds: TargetKind[] = values.on === "both" ? ["process", "fleet"] : [values.on as TargetKind];
const sandbox = (values.sandbox ?? sandboxesHere()) as SandboxKind;
if (!["docker", "process", "none"].includes(sandbox)) refuse(`--sandbox is docker, process or none, not ${sandbox}`);

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
