import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { drawSome } from "./support/draw-some.js";
import { commentsIn, type EnglishText, stringsIn, testNamesIn } from "./support/english-texts.js";
import { listSources } from "./support/imports.js";
import { seededRandom } from "./support/seeded-random.js";

/**
 * Prints random comments, test names and texts for a reader to judge: `npx tsx test/english-sample.ts --seed 7 --comments 100 --tests 100
 * --texts 50`. The same seed on the same sources gives the same sample. Without a seed it draws one and prints it.
 */
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    comments: { type: "string", default: "100" },
    tests: { type: "string", default: "100" },
    texts: { type: "string", default: "50" },
  },
});
const random = seededRandom(Number(values.seed));

function print(title: string, all: readonly EnglishText[], count: string): void {
  const sample = drawSome(all, Number(count), random);
  console.log(`\n${title}: ${sample.length} of ${all.length}`);
  for (const { path, line, text } of sample) console.log(`${path}:${line} ${text}`);
}

const files = listSources(fileURLToPath(new URL("..", import.meta.url)), ["src", "adapters", "test"]);
console.log(`seed ${values.seed}`);
print("comments", files.flatMap(commentsIn), values.comments);
print("test names", files.flatMap(testNamesIn), values.tests);
const shown = files.filter(({ path }) => !path.startsWith("test/"));
print("texts", shown.flatMap(stringsIn), values.texts);
