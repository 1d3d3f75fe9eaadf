import { readFileSync, writeFileSync } from "node:fs";
import type { TestModule } from "vitest/node";

/**
 * The files a run ran wholly, so that a second one need not run them again: `.ci/run` runs everything as on a machine with Node alone, and then, with
 * Docker and the others there, the files of which something was left out.
 */
export interface WhollyRun {
  /** Paths from the root of the repository. */
  files: readonly string[];
  /** Tests in them. */
  tests: number;
}

/** The files of which every test ran and passed. */
export function whollyRun(modules: readonly TestModule[]): WhollyRun {
  const whole = modules.filter((module) => module.ok() && testsOf(module).every(passed));
  const tests = whole.reduce((sum, module) => sum + testsOf(module).length, 0);
  return { files: whole.map(({ relativeModuleId }) => relativeModuleId), tests };
}

const testsOf = (module: TestModule) => [...module.children.allTests()];
const passed = (test: ReturnType<typeof testsOf>[number]): boolean => test.result().state === "passed";

export function writeWhollyRun(path: string, run: WhollyRun): void {
  writeFileSync(path, JSON.stringify(run));
}

/** Without a path: nothing ran before. */
export function readWhollyRun(path: string | undefined): WhollyRun {
  return path === undefined ? { files: [], tests: 0 } : (JSON.parse(readFileSync(path, "utf8")) as WhollyRun);
}
