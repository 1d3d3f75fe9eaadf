import { fileURLToPath } from "node:url";
import { readCommand, seedNumber, wholeNumber } from "./support/command-options.js";
import { documentedExportsIn } from "./support/documented-exports.js";
import { drawSome } from "./support/draw-some.js";
import { isModule, listSources } from "./support/imports.js";
import { seededRandom } from "./support/seeded-random.js";

/**
 * Prints random exported declarations with their doc comments, to be read beside the code: `npx tsx test/docstring-sample.ts --seed 7
 * --count 50`. The same seed on the same sources gives the same sample. Without a seed it draws one and prints it.
 */
const { values } = readCommand({
  command: "npx tsx test/docstring-sample.ts",
  options: { seed: seedNumber(Math.floor(Math.random() * 1_000_000)), count: wholeNumber(50) },
});

const root = fileURLToPath(new URL("..", import.meta.url));
const files = listSources(root, ["src/core", "src/protocol", "src/ports", "src/runtime"]).filter(({ path }) =>
  isModule(path),
);
const all = files.flatMap(documentedExportsIn);
const sample = drawSome(all, values.count, seededRandom(values.seed));
console.log(`seed ${values.seed}: ${sample.length} of ${all.length} documented exports`);
for (const { path, line, comment, declaration } of sample) console.log(`\n${path}:${line}\n${comment}\n${declaration}`);
