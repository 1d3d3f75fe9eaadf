import type { Reporter, TestModule } from "vitest/node";
import { type WhollyRun, whollyRun, writeWhollyRun } from "./wholly-run.js";

export interface Summary {
  passed: number;
  failed: number;
  /** Full names of the tests that did not run. */
  skipped: string[];
}

/**
 * Counts a finished run. A file that could not be loaded, a suite whose hook failed and an error outside
 * any test count as one failure each: a run that exits non-zero never reads `0 failed`.
 */
export function summarise(modules: readonly TestModule[], unhandledErrors: number): Summary {
  const summary: Summary = { passed: 0, failed: unhandledErrors, skipped: [] };
  for (const module of modules) {
    summary.failed += module.errors().length;
    for (const suite of module.children.allSuites()) summary.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") summary.passed += 1;
      else if (state === "failed") summary.failed += 1;
      else summary.skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
    }
  }
  return summary;
}

export interface SummaryOptions {
  /** A skipped test fails the run. */
  requireAll: boolean;
  /** Left out of this run, because it was run wholly before. */
  ranBefore: WhollyRun;
  /** File to write to what this run ran wholly. */
  wholeTo: string | undefined;
}

/**
 * Names the skipped tests, then ends the run with the line `N passed, N failed, N skipped`, which counts this run alone. A test
 * that never finished counts as skipped, so it cannot pass for one that ran.
 */
export function createSummaryReporter(options: SummaryOptions): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      if (options.wholeTo !== undefined) writeWhollyRun(options.wholeTo, whollyRun(modules));
      const { passed, failed, skipped } = summarise(modules, unhandledErrors.length);
      if (options.requireAll && skipped.length > 0) process.exitCode = 1;
      const headline = options.requireAll ? "PARLEY_TEST_ALL=1 lets no test be skipped, but these were:" : "Skipped:";
      if (skipped.length > 0) console.log([headline, ...skipped].join("\n  "));
      const { files, tests } = options.ranBefore;
      if (files.length > 0)
        console.log(`Not run again: ${tests} tests in ${files.length} files, which an earlier run ran wholly`);
      console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
    },
  };
}
