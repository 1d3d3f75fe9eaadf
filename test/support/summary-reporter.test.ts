import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(testFiles: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-summary-"));
  folders.push(folder);
  mkdirSync(join(folder, "test"));
  for (const [name, text] of Object.entries(testFiles)) writeFileSync(join(folder, "test", name), text);
  return folder;
}

const run = (testFile: string, env: Record<string, string> = {}) => runIn(newFolder({ "some.test.ts": testFile }), env);

/** Runs the project's own vitest configuration over the test files in a folder, in a machine that has Node alone. */
function runIn(folder: string, env: Record<string, string> = {}) {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const config = join(root, "test", "vitest.config.ts");
  const nowhere = join(folder, "nowhere");
  const result = spawnSync(process.execPath, [vitest, "run", "--config", config, "--root", folder, "--globals"], {
    encoding: "utf8",
    timeout: 180_000,
    cwd: folder,
    env: { HOME: folder, PATH: nowhere, DOCKER_HOST: `unix://${nowhere}`, PARLEY_CACHE_DIR: nowhere, ...env },
  });
  return { exitCode: result.status, lastLine: result.stdout.trimEnd().split("\n").at(-1), stdout: result.stdout };
}

describe("the last line of a run", () => {
  test("counts what passed, failed and was skipped", () => {
    const { exitCode, lastLine, stdout } = run(`
      describe("a", () => {
        test("b", () => {});
        test("c", () => { throw new Error("no"); });
        test.skip("d", () => {});
        test.todo("e");
      });
    `);
    expect(lastLine).toBe("1 passed, 1 failed, 2 skipped");
    expect(stdout).toContain("\nFailed:\n  test/some.test.ts > a > c: no\n1 passed");
    expect(exitCode).toBe(1);
  });

  test("is written when everything passed", () => {
    expect(run(`test("a", () => {});`)).toMatchObject({ exitCode: 0, lastLine: "1 passed, 0 failed, 0 skipped" });
  });

  test.each([
    ["a file that does not load", `import "./gone.js";`, "test/some.test.ts: "],
    [
      "a hook that fails",
      `describe("a", () => { beforeAll(() => { throw new Error("no"); }); test("b", () => {}); });`,
      "a hook of test/some.test.ts > a: no",
    ],
    ["an error nobody caught", `test("a", () => { void Promise.reject(new Error("no")); });`, "outside any test: no"],
  ])("counts %s as a failure and names it", (_, testFile, name) => {
    const { exitCode, lastLine, stdout } = run(testFile);
    expect(stdout).toContain(`\nFailed:\n  ${name}`);
    expect(lastLine).toMatch(/^\d+ passed, 1 failed, \d+ skipped$/);
    expect(exitCode).toBe(1);
  });

  test("PARLEY_TEST_ALL=1 makes a skipped test a failure and names it", () => {
    const testFile = `test("a", () => {}); describe("b", () => { test.skip("c", () => {}); });`;
    expect(run(testFile)).toMatchObject({ exitCode: 0, lastLine: "1 passed, 0 failed, 1 skipped" });
    const strict = run(testFile, { PARLEY_TEST_ALL: "1" });
    expect(strict).toMatchObject({ exitCode: 1, lastLine: "1 passed, 0 failed, 1 skipped" });
    expect(strict.stdout).toContain("  test/some.test.ts > b > c");
  });
});

describe("a second try", () => {
  const passesSecond = (count: number) => `
    for (let at = 0; at < ${count}; at += 1) {
      let tries = 0;
      test("now and then " + at, () => { tries += 1; expect(tries).toBe(2); });
    }
  `;

  test("is not given unless it is asked for", () => {
    expect(run(passesSecond(1))).toMatchObject({ exitCode: 1, lastLine: "0 passed, 1 failed, 0 skipped" });
  });

  test("passes and is named, and does not help a test that fails again", () => {
    const testFile = `${passesSecond(1)} test("always", () => { throw new Error("no"); });`;
    const { exitCode, lastLine, stdout } = run(testFile, { PARLEY_TEST_RETRY: "1" });
    expect({ exitCode, lastLine }).toEqual({ exitCode: 1, lastLine: "1 passed, 1 failed, 0 skipped" });
    expect(stdout).toContain(
      "Passed only at the second try:\n  test/some.test.ts > now and then 0: expected 1 to be 2",
    );
  });

  test("of more than five tests fails the run", () => {
    expect(run(passesSecond(5), { PARLEY_TEST_RETRY: "1" })).toMatchObject({ exitCode: 0 });
    const { exitCode, stdout } = run(passesSecond(6), { PARLEY_TEST_RETRY: "1" });
    expect(exitCode).toBe(1);
    expect(stdout).toContain("more than 5 fail the run");
  });
});

describe("a run after another one", () => {
  const whole = (folder: string) => JSON.parse(readFileSync(join(folder, "whole.json"), "utf8")) as unknown;
  const files = {
    "whole.test.ts": `test("a", () => {}); describe("b", () => { test("c", () => {}); });`,
    "partly.test.ts": `test("d", () => {}); test.skip("e", () => {});`,
    "broken.test.ts": `import "./gone.js"; test("f", () => {});`,
    "hook.test.ts": `describe("g", () => { afterAll(() => { throw new Error("no"); }); test("h", () => {}); });`,
    "wrong.test.ts": `test("i", () => { throw new Error("no"); });`,
  };

  test("leaves out tests that were run wholly and passed, and says so", () => {
    const folder = newFolder(files);
    const path = join(folder, "whole.json");
    expect(runIn(folder, { PARLEY_TEST_WHOLE_TO: path })).toMatchObject({
      exitCode: 1,
      lastLine: "4 passed, 3 failed, 1 skipped",
    });
    expect(whole(folder)).toEqual({ files: ["test/whole.test.ts"], tests: 2 });
    const second = runIn(folder, { PARLEY_TEST_WITHOUT: path });
    expect(second).toMatchObject({ exitCode: 1, lastLine: "2 passed, 3 failed, 1 skipped" });
    expect(second.stdout).toContain("Not run again: 2 tests in 1 files, which an earlier run ran wholly\n");
  });
});

describe("a suite that needs something of the machine", () => {
  const testFile = `
    import * as require from ${JSON.stringify(join(root, "test", "support", "require.ts"))};
    for (const name of ["needsDocker", "needsRedis", "needsChromium", "needsClaudeCode"]) {
      require[name]()(name, () => { test("ran", () => {}); });
    }
  `;

  test("is skipped if it is missing, and names it", () => {
    const { exitCode, lastLine, stdout } = run(testFile);
    expect({ exitCode, lastLine }).toEqual({ exitCode: 0, lastLine: "0 passed, 0 failed, 4 skipped" });
    expect(stdout).toContain("needsDocker [skipped: no Docker engine with the agents' image] > ran");
    expect(stdout).toContain("needsRedis [skipped: no redis-server on PATH] > ran");
    expect(stdout).toContain("needsChromium [skipped: no chromium on PATH] > ran");
    expect(stdout).toContain("needsClaudeCode [skipped: no Claude Code binary] > ran");
  });

  test("runs all the same under PARLEY_TEST_ALL=1", () => {
    const all = run(testFile, { PARLEY_TEST_ALL: "1" });
    expect(all).toMatchObject({ exitCode: 0, lastLine: "4 passed, 0 failed, 0 skipped" });
  });
});
