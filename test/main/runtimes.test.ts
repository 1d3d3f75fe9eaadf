import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { parseConfig } from "../../src/config.js";
import { files, packageRoot } from "../../src/main/package-files.js";
import { readRuntimes, runtimeProblems } from "../../src/main/read-runtimes.js";
import { runtimeViews, usableRuntimes } from "../../src/main/runtime-views.js";
import { runtimeList } from "../../src/protocol/runtimes.js";
import { createResolveAgent, loadRoles } from "../../src/runtime/roles/roles.js";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function folderWith(contents: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "runtimes-"));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(contents)) await writeFile(join(folder, name), text);
  return folder;
}

function configOf(env: Record<string, string>) {
  const parsed = parseConfig(env);
  if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
  return parsed.config;
}

const mine = "name: mine\nkind: acp\ncommand: [mine]\ntools: none\n";

test("reads the operator's runtimes beside those of Parley, and tells what is wrong by file and line", async () => {
  const folder = await folderWith({
    "mine.yaml": mine,
    "other.yml": mine,
    "codex.yaml": "name: codex\nkind: acp\ntools: asks\n",
    "scripted.yaml": mine.replace("mine", "scripted"),
    "notes.txt": "not a runtime",
  });
  const { definitions } = await readRuntimes(folder);
  expect(definitions.map(({ name }) => name)).toEqual(["opencode", "mine"]);
  const problems = await runtimeProblems(folder);
  expect(problems.map((problem) => problem.slice(folder.length + 1))).toEqual([
    expect.stringMatching(/^codex\.yaml, line 1: `command`/),
    "other.yml, line 1: its name is mine, and its file is called other.yml",
    "scripted.yaml, line 1: scripted is a runtime of Parley's own",
  ]);
});

test("says of a folder that is not there that it cannot be read", async () => {
  expect(await runtimeProblems("/no/such/folder")).toEqual([expect.stringContaining("ENOENT")]);
});

test("offers a runtime where its model has a credential and containers may run", async () => {
  const { definitions } = await readRuntimes(undefined);
  const usable = (env: Record<string, string>) => usableRuntimes(configOf(env), definitions).map(({ name }) => name);
  expect(usable({ OPENAI_API_KEY: "sk-proj-for-these-tests-only" })).toEqual(["codex", "opencode"]);
  expect(usable({})).toEqual([]);
  expect(usable({ OPENAI_API_KEY: "sk-proj-for-these-tests-only", PARLEY_SANDBOX: "process" })).toEqual([]);
});

test("shows every runtime, with why one cannot be used", async () => {
  const { definitions: known } = await readRuntimes(undefined);
  const { views } = runtimeViews(configOf({}), { known, usable: ["scripted"] });
  const { runtimes } = runtimeList.parse({ runtimes: views });
  expect(runtimes.map(({ name, usable, whyNot }) => [name, usable, whyNot])).toEqual([
    ["claude-code", false, "Neither ANTHROPIC_API_KEY nor CLAUDE_CODE_OAUTH_TOKEN is set."],
    ["codex", false, "OPENAI_API_KEY is not set."],
    ["opencode", false, "OPENAI_API_KEY is not set."],
    ["scripted", true, undefined],
  ]);
});

test("refuses a role that the runtime cannot hold to its tools, and leaves Claude's models to Claude Code", async () => {
  const folder = await folderWith({ "mine.yaml": mine });
  const { definitions: known } = await readRuntimes(folder);
  const usable = ["claude-code", "codex", "mine", "scripted"];
  const rules = runtimeViews(configOf({}), { known, usable });
  const catalogue = await loadRoles([join(packageRoot, "skills")], files);
  const resolve = createResolveAgent({ catalogue, usable: () => usable, choicesOf: () => undefined, rules });
  expect(resolve({ name: "coder", runtime: "mine" })).toMatchObject({
    kind: "issues",
    issues: [{ path: ["runtime"], message: expect.stringContaining("does not ask before it uses a tool") }],
  });
  expect(resolve({ name: "reviewer", runtime: "mine" })).toMatchObject({ kind: "ok", agent: { runtime: "mine" } });
  expect(resolve({ name: "coder", runtime: "codex" })).toMatchObject({ kind: "ok", agent: { runtime: "codex" } });
});
