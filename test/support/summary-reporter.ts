import type { Reporter, TestModule } from "vitest/node";
import { type WhollyRun, whollyRun, writeWhollyRun } from "./wholly-run.js";

export interface Summary {
  passed: number;
  failed: number;
  /** What failed and why: full names of tests, of suites whose hooks failed, paths of files that did not load. */
  failures: string[];
  /** Full names of the tests that did not run. */
  skipped: string[];
  /** Full names of the tests that passed only when they were tried again, with why they failed before. They count as passed. */
  flaky: string[];
}

/** More tests than this that passed by a second try are no chance any more. */
const maxFlaky = 5;

/**
 * Counts a finished run. A file that could not be loaded, a suite whose hook failed and an error outside
 * any test count as one failure each: a run that exits non-zero never reads `0 failed`.
 */
export function summarise(modules: readonly TestModule[], unhandledErrors: readonly { message?: string }[]): Summary {
  const summary: Summary = { passed: 0, failed: 0, failures: [], skipped: [], flaky: [] };
  const fail = (name: string, errors: readonly { message?: string }[] = []) => {
    summary.failures.push(`${name}: ${firstLine(errors)}`);
    summary.failed += 1;
  };
  for (const error of unhandledErrors) fail("outside any test", [error]);
  for (const module of modules) {
    for (const error of module.errors()) fail(module.relativeModuleId, [error]);
    for (const suite of module.children.allSuites())
      for (const error of suite.errors()) fail(`a hook of ${module.relativeModuleId} > ${suite.fullName}`, [error]);
    for (const test of module.children.allTests()) {
      const { state, errors } = test.result();
      const name = `${module.relativeModuleId} > ${test.fullName}`;
      if (state === "passed") summary.passed += 1;
      else if (state === "failed") fail(name, errors);
      else summary.skipped.push(name);
      if (test.diagnostic()?.flaky) summary.flaky.push(`${name}: ${firstLine(errors)}`);
    }
  }
  return summary;
}

const firstLine = (errors: readonly { message?: string }[] | undefined): string =>
  errors?.[0]?.message?.split("\n")[0] ?? "?";

export interface SummaryOptions {
  /** A skipped test fails the run. */
  requireAll: boolean;
  /** Left out of this run, because it was run wholly before. */
  ranBefore: WhollyRun;
  /** File to write to what this run ran wholly. */
  wholeTo: string | undefined;
}

/**
 * Names the skipped tests and what failed, then ends the run with the line `N passed, N failed, N skipped`, which counts this run alone. A test
 * that never finished counts as skipped, so it cannot pass for one that ran.
 */
export function createSummaryReporter(options: SummaryOptions): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      if (options.wholeTo !== undefined) writeWhollyRun(options.wholeTo, whollyRun(modules));
      const { passed, failed, failures, skipped, flaky } = summarise(modules, unhandledErrors);
      if (options.requireAll && skipped.length > 0) process.exitCode = 1;
      if (flaky.length > maxFlaky) process.exitCode = 1;
      const atMost = flaky.length > maxFlaky ? `, and more than ${maxFlaky} fail the run` : "";
      if (flaky.length > 0) console.log([`Passed only at the second try${atMost}:`, ...flaky].join("\n  "));
      const headline = options.requireAll ? "PARLEY_TEST_ALL=1 lets no test be skipped, but these were:" : "Skipped:";
      if (skipped.length > 0) console.log([headline, ...skipped].join("\n  "));
      if (failures.length > 0) console.log(["Failed:", ...failures].join("\n  "));
      const { files, tests } = options.ranBefore;
      if (files.length > 0)
        console.log(`Not run again: ${tests} tests in ${files.length} files, which an earlier run ran wholly`);
      console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
    },
  };
}
