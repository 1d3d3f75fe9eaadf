import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { placeSetupSkills, setupSkillsFolder } from "../../../src/runtime/sandbox/setup-skills.js";

describe("the skills of a repository in an agent's folder", () => {
  let dir = "";
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "parley-setup-skills-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  test("are a plugin that everyone may read, in place of the one before", async () => {
    await placeSetupSkills(dir, new Map([["old/SKILL.md", "old"]]));
    const files = new Map([
      ["notes/SKILL.md", "Write notes."],
      ["notes/bin/make", "#!/bin/sh\ndate\n"],
    ]);
    expect(await placeSetupSkills(dir, files)).toBe(setupSkillsFolder);
    const plugin = join(dir, setupSkillsFolder);
    expect(await readdir(join(plugin, "skills"))).toEqual(["notes"]);
    expect(await readFile(join(plugin, "skills/notes/SKILL.md"), "utf8")).toBe("Write notes.");
    expect(JSON.parse(await readFile(join(plugin, ".claude-plugin/plugin.json"), "utf8"))).toMatchObject({
      name: "repo",
    });
    const modes = await Promise.all(
      ["", "skills", "skills/notes", "skills/notes/bin", "skills/notes/bin/make", "skills/notes/SKILL.md"].map(
        async (path) => ((await stat(join(plugin, path))).mode & 0o777).toString(8),
      ),
    );
    expect(modes).toEqual(["755", "755", "755", "755", "755", "644"]);
    expect(await readdir(dir)).toEqual([setupSkillsFolder]);
  });

  test("are whole after a process ended while it wrote them", async () => {
    await writeFile(join(dir, `${setupSkillsFolder}.part`), "half");
    await placeSetupSkills(dir, new Map([["notes/SKILL.md", "Write notes."]]));
    expect(await readdir(join(dir, setupSkillsFolder, "skills"))).toEqual(["notes"]);
  });
});
