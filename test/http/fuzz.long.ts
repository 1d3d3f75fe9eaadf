import { expect, test } from "vitest";
import { documentedStatuses, fuzz } from "./support/fuzz.js";

/** `PARLEY_FUZZ_RUNS` requests, 20,000 when unset, from `PARLEY_FUZZ_SEED` on. */
const runs = Number(process.env.PARLEY_FUZZ_RUNS ?? 20_000);
const seed = Number(process.env.PARLEY_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

test("thousands of requests made from the document get documented answers, never a 5xx", async () => {
  const reached = await fuzz({ seed, runs });
  const statuses = [...reached.keys()];
  console.log(`seed ${seed}: ${runs} requests, ${statuses.length} of ${documentedStatuses().length} statuses`);
  expect(statuses.filter((key) => Number(key.split(" ")[1]) >= 500)).toEqual([]);
}, 1_800_000);
