import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { LongestFirst } from "./support/longest-first.js";
import { createSummaryReporter } from "./support/summary-reporter.js";
import { readWhollyRun } from "./support/wholly-run.js";

/** Suites of several minutes run when they are asked for: `npm run test:long`, or `npm run test:long -- fuzz.long` for one. */
const long = process.env.PARLEY_TEST_LONG === "1";

/** `.ci/run` runs the tests twice, the second time without the files that the first run ran wholly. */
const { PARLEY_TEST_WHOLE_TO: wholeTo, PARLEY_TEST_WITHOUT: without } = process.env;
const ranBefore = readWhollyRun(without);
const summary = createSummaryReporter({ requireAll: process.env.PARLEY_TEST_ALL === "1", ranBefore, wholeTo });

/** `.ci/run` retries a failed test once; the summary names each retried test, and only a few may pass that way. */
const retry = process.env.PARLEY_TEST_RETRY === "1" ? 1 : 0;
const exclude = [...configDefaults.exclude, ...ranBefore.files];

const inFolders = (folders: readonly string[]): string[] => folders.map((folder) => `test/${folder}/**/*.test.ts`);
const files = (paths: readonly string[]): string[] => paths.map((path) => `test/${path}.test.ts`);

/**
 * Folders whose tests leave nothing behind in their process: a worker runs one file after another without reloading
 * everything.
 */
const sharing = [
  ...inFolders(["core", "http", "runtime", "chat", "skills", "adapters/memory", "adapters/scripted"]),
  ...files(["cli/completion", "cli/parse-args", "config"]),
  ...files(["web/markdown", "web/outbox", "web/parts", "web/pending", "web/room-state", "web/stream"]),
];

/** Tests that measure the memory or the processor time of their own process: a worker that other files share would be measured with them. */
const measuring = files(["http/memory", "adapters/memory/event-log", "cli/visible", "cli/wrap", "web/visible-text"]);

/** Tests that wait most of the time, for platforms, containers and processes that come back: five at a time do not fill two processors. */
const waiting = [
  ...inFolders(["adapters/slack", "adapters/discord", "adapters/docker", "adapters/redis", "crash", "e2e", "faults"]),
  ...files(["adapters/claude-code/docker", "adapters/claude-code/faults"]),
];

const globalSetup = [fileURLToPath(new URL("support/docker-leftovers.ts", import.meta.url))];

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 240_000,
    teardownTimeout: 10_000,
    retry,
    // Polled expectations: the default of one second is too short on a busy machine.
    expect: { poll: { timeout: 20_000 } },
    sequence: { sequencer: LongestFirst },
    reporters: ["default", summary],
    projects: [
      ...(long
        ? [{ extends: true as const, test: { name: "long", include: ["test/**/*.long.ts"], globalSetup } }]
        : []),
      {
        extends: true,
        test: { name: "together", include: sharing, exclude: [...exclude, ...measuring], isolate: false },
      },
      { extends: true, test: { name: "measuring", include: measuring, exclude } },
      {
        extends: true,
        test: {
          name: "alone",
          include: ["test/**/*.test.ts"],
          exclude: [...exclude, ...sharing, ...measuring, ...waiting],
          globalSetup,
        },
      },
      {
        extends: true,
        test: { name: "waiting", include: waiting, exclude, globalSetup, maxWorkers: 5, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
