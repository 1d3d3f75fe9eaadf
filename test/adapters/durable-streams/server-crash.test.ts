import { expect, test } from "vitest";
import { runServerCrash } from "./server-crash.js";

test("a stream server killed again and again loses and doubles nothing that was acknowledged", async () => {
  const counts = await runServerCrash({ kills: 3, seed: 1 });
  expect(counts).toMatchObject({ kills: 3, lost: 0, twice: 0, unreadable: 0 });
  expect(counts.acknowledged).toBeGreaterThan(30);
}, 180_000);
