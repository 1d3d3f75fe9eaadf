import { fileURLToPath } from "node:url";
import { readCommand, seedNumber, wholeNumber } from "./support/command-options.js";
import { drawSome } from "./support/draw-some.js";
import { commentsIn, type EnglishText, stringsIn, testNamesIn } from "./support/english-texts.js";
import { listSources } from "./support/imports.js";
import { seededRandom } from "./support/seeded-random.js";

/**
 * Prints random comments, test names and texts for a reader to judge: `npx tsx test/english-sample.ts --seed 7 --comments 100 --tests 100
 * --texts 50`. The same seed on the same sources gives the same sample. Without a seed it draws one and prints it.
 */
const { values } = readCommand({
  command: "npx tsx test/english-sample.ts",
  options: {
    seed: seedNumber(Math.floor(Math.random() * 1_000_000)),
    comments: wholeNumber(100, { atLeast: 0 }),
    tests: wholeNumber(100, { atLeast: 0 }),
    texts: wholeNumber(50, { atLeast: 0 }),
  },
});
const random = seededRandom(values.seed);

function print(title: string, all: readonly EnglishText[], count: number): void {
  const sample = drawSome(all, count, random);
  console.log(`\n${title}: ${sample.length} of ${all.length}`);
  for (const { path, line, text } of sample) console.log(`${path}:${line} ${text}`);
}

const files = listSources(fileURLToPath(new URL("..", import.meta.url)), ["src", "adapters", "test"]);
console.log(`seed ${values.seed}`);
print("comments", files.flatMap(commentsIn), values.comments);
print("test names", files.flatMap(testNamesIn), values.tests);
const shown = files.filter(({ path }) => !path.startsWith("test/"));
print("texts", shown.flatMap(stringsIn), values.texts);
