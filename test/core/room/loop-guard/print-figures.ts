import { figuresOf } from "./judge.js";

for (const set of [1, 2, 3, 4] as const) {
  const { storms, ended, endedByAnyLimit, work, halted, haltedAsEmpty, wrong } = figuresOf(set);
  const print = (line: string) => process.stdout.write(`${line}\n`);
  print(`set ${set}: ${ended} of ${storms} storms ended as empty exchanges, ${endedByAnyLimit} by any limit;`);
  print(`  ${haltedAsEmpty} of ${work} kinds of work halted as empty exchanges, ${halted} by any limit`);
  for (const line of wrong) print(`  ${line}`);
}
