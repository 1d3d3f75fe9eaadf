import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** The result of a test run. `skipped`: none of the tests could run here. `late`: they did not end in time. */
export type Outcome = { kind: "passed" | "skipped" | "late" } | { kind: "failed"; first: string };

interface Report {
  numPassedTests: number;
  testResults: { name: string; message: string; assertionResults: { status: string; fullName: string }[] }[];
}

/** Longest time that one run may take. */
const runTimeoutMs = 400_000;
/** Time-out for a test that a fault makes wait forever. Without a fault no test takes this long. */
const testTimeoutMs = 60_000;

/** Runs test files in a copy of the working tree, up to the first failure. */
export async function runTests(dir: string, tests: readonly string[]): Promise<Outcome> {
  const reportPath = join(dir, "planted-report.json");
  rmSync(reportPath, { force: true });
  const words = ["run", "--config", "test/vitest.config.ts", "--bail", "1", "--testTimeout", String(testTimeoutMs)];
  const reporters = ["--reporter", "json", "--outputFile", reportPath];
  const code = await exitOf([join(dir, "node_modules/vitest/vitest.mjs"), ...words, ...reporters, ...tests], dir);
  if (code === undefined) return { kind: "late" };
  const report = existsSync(reportPath) ? (JSON.parse(readFileSync(reportPath, "utf8")) as Report) : undefined;
  if (code !== 0) return { kind: "failed", first: firstFailure(report) };
  return { kind: report && report.numPassedTests > 0 ? "passed" : "skipped" };
}

/** The exit code; undefined if the run took too long and was killed. */
function exitOf(args: readonly string[], dir: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: dir, stdio: "ignore", detached: true });
    const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, "SIGKILL"), runTimeoutMs);
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(timer);
      resolve(code ?? undefined);
    });
  });
}

function firstFailure(report: Report | undefined): string {
  for (const { name, message, assertionResults } of report?.testResults ?? []) {
    const failed = assertionResults.find(({ status }) => status === "failed");
    if (failed) return failed.fullName;
    if (message !== "") return `${name}: ${message.split("\n")[0]}`;
  }
  return "the run ended with an error";
}
