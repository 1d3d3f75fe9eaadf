import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { createSummaryReporter } from "./support/summary-reporter.js";

/** Suites of several minutes run when they are asked for: `PARLEY_TEST_LONG=1 npm test -- contract.long`. */
const long = process.env.PARLEY_TEST_LONG === "1" ? ["test/**/*.long.ts"] : [];

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: ["test/**/*.test.ts", ...long],
    pool: "forks",
    maxWorkers: 2,
    globalSetup: [fileURLToPath(new URL("support/docker-leftovers.ts", import.meta.url))],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
    reporters: ["default", createSummaryReporter({ requireAll: process.env.PARLEY_TEST_ALL === "1" })],
  },
});
