import { expect, test } from "vitest";
import { needsPostgres } from "../../support/require.js";
import { runServerCrash } from "./server-crash.js";

needsPostgres()("a PostgreSQL that is killed again and again", () => {
  test("loses and doubles nothing that was acknowledged", { timeout: 300_000 }, async () => {
    const counts = await runServerCrash({ kills: 20, seed: 1 });
    expect(counts).toMatchObject({ kills: 20, refused: 0, lost: 0, twice: 0, unreadable: 0, broken: 0 });
    expect(counts.acknowledged).toBeGreaterThan(150);
  });
});
