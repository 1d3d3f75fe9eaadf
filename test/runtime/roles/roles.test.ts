import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { files } from "../../../src/main/package-files.js";
import { createResolveAgent, loadRoles } from "../../../src/runtime/roles/roles.js";
import type { FileReader } from "../../../src/runtime/roles/skill-files.js";

const skill = (name: string, more = "") =>
  `---\nname: ${name}\ndescription: Does things.\n${more}---\nYou are the ${name}.\n`;

function folderOf(files: Record<string, string>): FileReader {
  return {
    listFolders: async (path) => {
      const inside = Object.keys(files).filter((file) => file.startsWith(`${path}/`));
      const names = new Set(inside.map((file) => file.slice(path.length + 1).split("/")[0] ?? ""));
      return names.size === 0 ? undefined : [...names];
    },
    readText: async (path) => files[path],
  };
}

describe("the catalogue of roles", () => {
  test("holds every role that can be read, by name and alias; a later folder replaces an earlier one's", async () => {
    const files = folderOf({
      "a/roles/coder/SKILL.md": skill("coder", "aliases: [developer]\n"),
      "a/roles/coder/demo.json": '[{"reply":"@room done"}]',
      "a/roles/planner/SKILL.md": skill("planner"),
      "b/roles/planner/SKILL.md": skill("planner", "model: better\n"),
    });
    const catalogue = await loadRoles(["a", "b"], files);
    expect([...catalogue.roles.keys()]).toEqual(["coder", "planner"]);
    expect(catalogue.find("Developer")?.demo).toEqual([{ reply: "@room done" }]);
    expect(catalogue.find("planner")?.skill.model).toBe("better");
    expect(catalogue.problems).toEqual([]);
  });

  test("names file, line and reason of each unusable role, and continues", async () => {
    const files = folderOf({
      "a/roles/bad/SKILL.md": "---\nname: bad\ncolour: red\n---\nText.\n",
      "a/roles/half/SKILL.md": skill("half"),
      "a/roles/half/demo.json": '[\n  {"reply": "ok, [1, 2]"},\n  {\n    "replies": "typo"\n  }\n]',
      "a/roles/torn/SKILL.md": skill("torn"),
      "a/roles/torn/demo.json": '[\n  {"reply": "x"},\n',
      "a/roles/notes/readme.txt": "no role",
    });
    const catalogue = await loadRoles(["a", "missing"], files);
    expect([...catalogue.roles.keys()]).toEqual(["half", "torn"]);
    const seen = catalogue.problems.map(({ file, line, reason }) => [file, line, reason]);
    expect(seen).toEqual([
      ["a/roles/bad/SKILL.md", 1, expect.stringContaining("description")],
      ["a/roles/bad/SKILL.md", 3, expect.stringContaining("colour")],
      ["a/roles/half/demo.json", 3, expect.stringContaining("replies")],
      ["a/roles/notes/SKILL.md", undefined, "there is no SKILL.md in this folder"],
      ["a/roles/torn/demo.json", expect.any(Number), expect.stringContaining("not JSON")],
      ["missing/roles", undefined, expect.stringContaining("no such folder")],
    ]);
    expect(catalogue.find("half")?.demo).toBeUndefined();
  });

  test("puts nothing else in the place of a role whose file cannot be used", async () => {
    const files = folderOf({
      "a/roles/coder/SKILL.md": skill("coder", "aliases: [developer]\n"),
      "a/roles/planner/SKILL.md": skill("planner"),
      "b/roles/careful/SKILL.md": skill("coder", "aliases: [developer, planner]\ntools:\n  allowed: [Read]\n"),
    });
    const catalogue = await loadRoles(["a", "b"], files);
    const why =
      "cannot be used: roles/careful/SKILL.md, line 6: `allowed` is unknown here; known are allow, autoAllow, deny";
    for (const name of ["coder", "Developer", "careful"]) {
      expect(catalogue.find(name), name).toBeUndefined();
      expect(catalogue.whyUnusable(name, "role")).toBe(`the role of ${name} ${why}`);
    }
    expect(catalogue.find("planner")?.skill.name).toBe("planner");
    expect(catalogue.whyUnusable("auditor", "role")).toBeUndefined();
  });

  test("names the files it may not read", async () => {
    const denied = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
    const files = { ...folderOf({ "a/roles/coder/SKILL.md": skill("coder") }), readText: () => Promise.reject(denied) };
    const { problems } = await loadRoles(["a"], files);
    expect(problems).toEqual([
      { file: "a/roles/coder/SKILL.md", reason: "EACCES: permission denied", isUnreadable: true },
    ]);
  });

  test("reads the roles Parley comes with", async () => {
    const root = fileURLToPath(new URL("../../../skills", import.meta.url));
    const catalogue = await loadRoles([root], files);
    expect(catalogue.problems).toEqual([]);
    expect([...catalogue.roles.keys()]).toEqual(expect.arrayContaining(["agent", "coder", "planner", "reviewer"]));
  });
});

describe("an agent that is asked for", () => {
  const setUp = async (usable: string[]) => {
    const files = folderOf({
      "a/roles/coder/SKILL.md": skill("coder", "gate: first\nmodel: big\n"),
      "a/roles/coder/demo.json": '[{"reply":"@room done"}]',
      "a/roles/planner/SKILL.md": skill("planner", "gate: never\n"),
    });
    return createResolveAgent({
      catalogue: await loadRoles(["a"], files),
      usable: () => usable,
      choicesOf: () => undefined,
    });
  };

  test("gets its name's role, the preferred runtime, and the demo script where it is scripted", async () => {
    const scripted = await setUp(["scripted"]);
    expect(scripted({ name: "Coder" })).toEqual({
      kind: "ok",
      agent: {
        name: "coder",
        displayName: "Coder",
        role: "coder",
        runtime: "scripted",
        script: [{ reply: "@room done" }],
        gate: "first",
        model: "big",
      },
    });
    const both = await setUp(["claude-code", "scripted"]);
    expect(both({ name: "c1", role: "coder" })).toMatchObject({ agent: { runtime: "claude-code", role: "coder" } });
    expect(both({ name: "c1", role: "coder" })).not.toHaveProperty("agent.script");
    expect(both({ name: "c1", script: [] })).toMatchObject({ agent: { runtime: "scripted", role: "agent" } });
    expect(both({ name: "planner" })).not.toHaveProperty("agent.gate");
  });

  test("is refused with the reason where it cannot be run", async () => {
    const resolve = await setUp(["scripted"]);
    const paths = (request: Parameters<typeof resolve>[0]) => {
      const resolved = resolve(request);
      return resolved.kind === "issues" ? resolved.issues.map(({ path }) => path.join(".")) : [];
    };
    expect(paths({ name: "x", role: "wizard" })).toEqual(["role"]);
    expect(paths({ name: "x" })).toEqual([]);
    expect(paths({ name: "x", runtime: "claude-code" })).toEqual(["runtime"]);
    expect(paths({ name: "x", runtime: "claude-code", script: [] })).toEqual(["runtime", "script"]);
  });

  test("is refused with file, line and reason if its role or demo script cannot be used", async () => {
    const files = folderOf({
      "a/roles/auditor/SKILL.md": skill("auditor", "colour: red\n"),
      "a/roles/half/SKILL.md": skill("half"),
      "a/roles/half/demo.json": "[",
    });
    const catalogue = await loadRoles(["a"], files);
    const messages = (usable: string[], request: Parameters<ReturnType<typeof createResolveAgent>>[0]) => {
      const resolved = createResolveAgent({ catalogue, usable: () => usable, choicesOf: () => undefined })(request);
      return resolved.kind === "issues" ? resolved.issues.map(({ path, message }) => `${path}: ${message}`) : [];
    };
    const auditor = expect.stringMatching(
      /^role: the role of auditor cannot be used: roles\/auditor\/SKILL.md, line 4: `colour`/,
    );
    const half = expect.stringMatching(
      /^role: the demo script of half cannot be used: roles\/half\/demo.json, line 1: not JSON/,
    );
    expect(messages(["claude-code"], { name: "ann", role: "auditor" })).toEqual([auditor]);
    expect(messages(["claude-code"], { name: "auditor" })).toEqual([auditor]);
    expect(messages(["scripted"], { name: "half" })).toEqual([half]);
    expect(messages(["scripted"], { name: "half", script: [] })).toEqual([]);
    expect(messages(["claude-code"], { name: "half" })).toEqual([]);
  });
});
