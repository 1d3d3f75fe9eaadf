import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readPrices } from "../../src/main/read-prices.js";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "parley-prices-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function reading(text: string): Promise<unknown> {
  const path = join(dir, "prices.json");
  await writeFile(path, text);
  return readPrices(path).catch((error: unknown) => error);
}

const rates = { input: 1, output: 2, cacheRead: 0.1, cacheWrite5m: 1.25, cacheWrite1h: 2 };

test("a price table is read from its file", async () => {
  expect(await reading(JSON.stringify({ models: { "my-model": rates } }))).toMatchObject({
    models: { "my-model": rates },
  });
});

test.each([
  ["no JSON", '{\n  "models": {,}\n}', /line 2 is not JSON/],
  ["an invalid rate", JSON.stringify({ models: { m: { ...rates, input: -1 } } }), /models\.m\.input: /],
  ["no model", JSON.stringify({ models: {} }), /models: at least one model/],
])("a file with %s is refused with the place and what to do", async (_, text, words) => {
  const refusal = await reading(text);
  expect(refusal).toMatchObject({ code: "refused", message: expect.stringMatching(words) });
  expect(String((refusal as Error).message)).toContain("PARLEY_PRICES_FILE");
});

test("a file that is not there is refused by its path", async () => {
  await expect(readPrices(join(dir, "none.json"))).rejects.toThrow(/none\.json.*there is no such file/);
});
