import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { createSummaryReporter } from "./support/summary-reporter.js";
import { readWhollyRun } from "./support/wholly-run.js";

/** Suites of several minutes run when they are asked for: `PARLEY_TEST_LONG=1 npm test -- contract.long`. */
const long = process.env.PARLEY_TEST_LONG === "1" ? ["test/**/*.long.ts"] : [];

/** `.ci/run` runs the tests twice, the second time without the files that the first run ran wholly. */
const { PARLEY_TEST_WHOLE_TO: wholeTo, PARLEY_TEST_WITHOUT: without } = process.env;
const ranBefore = readWhollyRun(without);
const summary = createSummaryReporter({ requireAll: process.env.PARLEY_TEST_ALL === "1", ranBefore, wholeTo });
const exclude = [...configDefaults.exclude, ...ranBefore.files];

/**
 * Folders whose tests leave nothing behind in their process: a worker runs one file after another without loading everything
 * anew. All others have a process to themselves.
 */
const sharing = ["core", "http", "runtime", "chat", "skills", "adapters/memory", "adapters/scripted"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
    reporters: ["default", summary],
    projects: [
      {
        extends: true,
        test: {
          name: "alone",
          include: ["test/**/*.test.ts", ...long],
          exclude: [...exclude, ...sharing],
          globalSetup: [fileURLToPath(new URL("support/docker-leftovers.ts", import.meta.url))],
        },
      },
      { extends: true, test: { name: "together", include: sharing, exclude, isolate: false } },
    ],
  },
});
