import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createResolveAgent, type FileReader, loadRoles } from "../../src/runtime/roles.js";

const skill = (name: string, more = "") =>
  `---\nname: ${name}\ndescription: Does things.\n${more}---\nYou are the ${name}.\n`;

function folderOf(files: Record<string, string>): FileReader {
  return {
    listFolders: async (path) => {
      const inside = Object.keys(files).filter((file) => file.startsWith(`${path}/`));
      return [...new Set(inside.map((file) => file.slice(path.length + 1).split("/")[0] ?? ""))];
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
      "b/roles/notes/readme.txt": "no role",
    });
    const catalogue = await loadRoles(["a", "b", "missing"], files);
    expect([...catalogue.roles.keys()]).toEqual(["coder", "planner"]);
    expect(catalogue.find("Developer")?.demo).toEqual([{ reply: "@room done" }]);
    expect(catalogue.find("planner")?.skill.model).toBe("better");
    expect(catalogue.problems).toEqual([]);
  });

  test("names file, line and reason of what it could not use, and goes on", async () => {
    const files = folderOf({
      "a/roles/bad/SKILL.md": "---\nname: bad\ncolour: red\n---\nText.\n",
      "a/roles/half/SKILL.md": skill("half"),
      "a/roles/half/demo.json": '[\n  {"reply": "ok, [1, 2]"},\n  {\n    "replies": "typo"\n  }\n]',
      "a/roles/torn/SKILL.md": skill("torn"),
      "a/roles/torn/demo.json": '[\n  {"reply": "x"},\n',
    });
    const catalogue = await loadRoles(["a"], files);
    expect([...catalogue.roles.keys()]).toEqual(["half", "torn"]);
    const seen = catalogue.problems.map(({ file, line, reason }) => [file, line, reason]);
    expect(seen).toEqual([
      ["a/roles/bad/SKILL.md", 1, expect.stringContaining("description")],
      ["a/roles/bad/SKILL.md", 3, expect.stringContaining("colour")],
      ["a/roles/half/demo.json", 3, expect.stringContaining("replies")],
      ["a/roles/torn/demo.json", expect.any(Number), expect.stringContaining("not JSON")],
    ]);
    expect(catalogue.find("half")?.demo).toBeUndefined();
  });

  test("reads the roles Parley comes with", async () => {
    const root = fileURLToPath(new URL("../../skills", import.meta.url));
    const files: FileReader = {
      listFolders: async (path) => {
        const entries = await readdir(path, { withFileTypes: true });
        return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
      },
      readText: (path) => readFile(path, "utf8").catch(() => undefined),
    };
    const catalogue = await loadRoles([root], files);
    expect(catalogue.problems).toEqual([]);
    expect([...catalogue.roles.keys()]).toEqual(expect.arrayContaining(["coder", "planner", "reviewer"]));
  });
});

describe("an agent that is asked for", () => {
  const setUp = async (usable: string[]) => {
    const files = folderOf({
      "a/roles/coder/SKILL.md": skill("coder", "gate: first\nmodel: big\n"),
      "a/roles/coder/demo.json": '[{"reply":"@room done"}]',
      "a/roles/planner/SKILL.md": skill("planner", "gate: never\n"),
    });
    return createResolveAgent({ catalogue: await loadRoles(["a"], files), usable: () => usable });
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
    expect(paths({ name: "x", runtime: "claude-code" })).toEqual(["runtime"]);
    expect(paths({ name: "x", runtime: "claude-code", script: [] })).toEqual(["runtime", "script"]);
  });
});
