import { expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createLiveRoles } from "../../../src/runtime/roles/live-roles.js";
import { createResolveAgent, loadRoles } from "../../../src/runtime/roles/roles.js";
import { createResolveSettings } from "../../../src/runtime/roles/settings.js";
import type { FileReader } from "../../../src/runtime/roles/skill-files.js";

const file = "own/roles/coder/SKILL.md";
const skill = (name: string, guidance: string) => `---\nname: ${name}\ndescription: Does things.\n---\n${guidance}\n`;
const everyMs = 2_000;

/** Roles of Parley and of an operator in memory; `fault`: why nothing in the operator's folder can be read, `gone`: that it is not there. */
async function open(first: Record<string, string> = { [file]: skill("coder", "first") }) {
  const disk = {
    files: { "parley/roles/planner/SKILL.md": skill("planner", "plans"), ...first } as Record<string, string>,
    fault: undefined as Error | undefined,
    reads: 0,
  };
  const check = (path: string) => {
    if (path.startsWith("own") && disk.fault) throw disk.fault;
  };
  const reader: FileReader = {
    async listFolders(path) {
      check(path);
      const inside = Object.keys(disk.files).filter((one) => one.startsWith(`${path}/`));
      const names = new Set(inside.map((one) => one.slice(path.length + 1).split("/")[0] ?? ""));
      return names.size === 0 ? undefined : [...names];
    },
    async readText(path) {
      check(path);
      disk.reads += 1;
      return disk.files[path];
    },
  };
  const clock = createManualClock(1_700_000_000_000);
  const said: string[] = [];
  const start = async () => {
    const first = await loadRoles(["parley", "own"], reader);
    const live = createLiveRoles({
      first,
      read: (known) => loadRoles(["parley", "own"], reader, known),
      stamp: async () => JSON.stringify([disk.files, String(disk.fault)]),
      onRead: ({ newProblems }) => said.push(...newProblems.map(({ reason }) => reason)),
      clock,
      everyMs,
    });
    live.start();
    await settle();
    return live;
  };
  const settle = async () => {
    for (let round = 0; round < 40; round++) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const look = async () => {
    clock.advance(everyMs);
    await settle();
  };
  return { disk, said, start, look };
}

const denied = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });

test("a role has the new text after its file changed, and nothing is read while nothing changes", async () => {
  const { disk, start, look } = await open();
  const { catalogue, stop } = await start();
  const reads = disk.reads;
  await look();
  expect(disk.reads).toBe(reads);
  disk.files[file] = skill("coder", "second");
  await look();
  expect(catalogue.find("coder")?.skill.guidance).toBe("second");
  disk.files["own/roles/auditor/SKILL.md"] = skill("auditor", "audits");
  await look();
  expect([...catalogue.roles.keys()]).toEqual(["planner", "auditor", "coder"]);
  delete disk.files["own/roles/auditor/SKILL.md"];
  await look();
  expect(catalogue.find("auditor")).toBeUndefined();
  expect(catalogue.isUnreadable("auditor")).toBe(false);
  stop();
  disk.files[file] = skill("coder", "third");
  await look();
  expect(catalogue.find("coder")?.skill.guidance).toBe("second");
});

test.each([
  ["a field nobody knows", "---\nname: coder\ndescription: x\ncolour: red\n---\nthird\n"],
  ["no end of its front matter", "---\nname: coder\n"],
  ["nothing in it", ""],
])("a file with %s leaves the role as it was, says so once, and refuses new agents", async (_what, text) => {
  const { disk, said, start, look } = await open();
  const { catalogue } = await start();
  disk.files[file] = text;
  await look();
  await look();
  expect(catalogue.find("coder")?.skill.guidance).toBe("first");
  expect(catalogue.problems).toHaveLength(said.length);
  expect(said.length).toBeGreaterThan(0);
  const options = { catalogue, usable: () => ["claude-code"], choicesOf: () => undefined };
  const message = expect.stringContaining("the role of coder cannot be used: roles/coder/SKILL.md");
  const issues = [{ path: ["role"], message }];
  expect(createResolveAgent(options)({ name: "coder" })).toEqual({ kind: "issues", issues });
  expect(createResolveSettings(options)("claude-code", { role: "coder" })).toEqual({ kind: "issues", issues });
  disk.files[file] = skill("coder", "mended");
  await look();
  expect(catalogue.find("coder")).toMatchObject({ skill: { guidance: "mended" } });
  expect(createResolveAgent(options)({ name: "coder" }).kind).toBe("ok");
});

test("a folder that cannot be read any more leaves its roles as they were, and is tried at every look", async () => {
  const { disk, said, start, look } = await open();
  const { catalogue } = await start();
  disk.fault = denied;
  await look();
  await look();
  expect(catalogue.find("coder")?.skill.guidance).toBe("first");
  expect(said.filter((reason) => reason.includes("EACCES"))).toHaveLength(2);
  disk.fault = undefined;
  disk.files[file] = skill("coder", "second");
  await look();
  expect(catalogue.find("coder")?.skill.guidance).toBe("second");
  expect(catalogue.problems).toEqual([]);
});

test("where the operator's folder was never readable, no role is there and every one may be", async () => {
  const { disk, start, look } = await open();
  disk.fault = denied;
  const { catalogue } = await start();
  for (const name of ["coder", "planner", "auditor"]) {
    expect(catalogue.find(name)).toBeUndefined();
    expect(catalogue.isUnreadable(name)).toBe(true);
    expect(catalogue.whyUnusable(name, "role")).toContain("EACCES");
  }
  disk.fault = undefined;
  await look();
  expect(catalogue.find("planner")?.skill.guidance).toBe("plans");
  expect(catalogue.isUnreadable("auditor")).toBe(false);
});

test("where the operator's folder is not there, Parley's own roles are, and others may be", async () => {
  const { start } = await open({});
  const { catalogue } = await start();
  expect(catalogue.find("planner")).toBeDefined();
  expect([catalogue.isUnreadable("planner"), catalogue.isUnreadable("auditor")]).toEqual([false, true]);
});
