import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { files } from "../../../src/main/package-files.js";
import { loadOwnSkills, placeOwnSkills } from "../../../src/runtime/roles/own-skills.js";
import { loadRoles } from "../../../src/runtime/roles/roles.js";
import { describeProblem } from "../../../src/runtime/roles/skill-files.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parley-own-skills-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function skill(own: string, name: string, markdown?: string): Promise<string> {
  const path = join(folder, own, "skills", name);
  await mkdir(path, { recursive: true });
  if (markdown !== undefined) await writeFile(join(path, "SKILL.md"), markdown, { mode: 0o600 });
  return path;
}

describe("the operator's skills", () => {
  test("are read in Claude Code's format; unusable ones are named with the reason", async () => {
    await skill("mixed", "good", "---\ndescription: >-\n  Long, with: colons.\nallowed-tools: Read\n---\nDo it.\n");
    await skill("mixed", "no-file");
    await skill("mixed", "no-front", "Do it.\n");
    await skill("mixed", "open", "---\ndescription: x\n");
    await skill("mixed", "silent", "---\nname: silent\n---\nDo it.\n");
    const read = await loadOwnSkills(join(folder, "mixed"), files);
    expect([...(read?.folders.keys() ?? [])]).toEqual(["good"]);
    expect(read?.problems.map((problem) => describeProblem(problem, { short: true }))).toEqual([
      "skills/no-file/SKILL.md: there is no SKILL.md in this folder",
      "skills/no-front/SKILL.md, line 1: the file must start with a line `---`",
      "skills/open/SKILL.md, line 1: the front matter has no closing line `---`",
      "skills/silent/SKILL.md, line 1: `description` is missing",
    ]);
  });

  test("need no roles beside them; a folder with neither is reported", async () => {
    await skill("alone", "good", "---\ndescription: x\n---\nDo it.\n");
    const { ownSkills, problems } = await loadRoles([join(folder, "alone")], files);
    expect([[...ownSkills.keys()], problems]).toEqual([["good"], []]);
    const none = await loadRoles([join(folder, "nothing")], files);
    expect(none.problems).toMatchObject([{ reason: expect.stringContaining("skills/<skill>/SKILL.md") }]);
  });

  test("are copied to where another user can read them; earlier copies are removed", async () => {
    const path = await skill("placed", "one", "---\ndescription: x\n---\nDo it.\n");
    await mkdir(join(path, "scripts"), { mode: 0o700 });
    await writeFile(join(path, "scripts", "run.sh"), "#!/bin/sh\n", { mode: 0o700 });
    const agent = join(folder, "agent");
    await mkdir(agent);
    await placeOwnSkills(agent, new Map([["old", path]]));
    await placeOwnSkills(agent, new Map([["one", path]]));
    const plugin = join(agent, "own-skills");
    expect(JSON.parse(await readFile(join(plugin, ".claude-plugin", "plugin.json"), "utf8"))).toMatchObject({
      name: "own",
    });
    const modeOf = async (...parts: string[]) => (await stat(join(plugin, "skills", ...parts))).mode & 0o777;
    expect(await modeOf("one", "SKILL.md")).toBe(0o644);
    expect(await modeOf("one", "scripts", "run.sh")).toBe(0o755);
    expect(await modeOf("one", "scripts")).toBe(0o755);
    await expect(modeOf("old")).rejects.toThrow("ENOENT");
  });
});
