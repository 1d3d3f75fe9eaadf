import { figuresOf } from "./judge.js";

for (const set of [1, 2] as const) {
  const { storms, ended, work, halted, wrong } = figuresOf(set);
  process.stdout.write(`set ${set}: ${ended} of ${storms} storms ended, ${halted} of ${work} kinds of work halted\n`);
  for (const line of wrong) process.stdout.write(`  ${line}\n`);
}
