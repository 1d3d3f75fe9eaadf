import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PushedChange } from "../../../src/ports/repositories.js";
import { needsGit } from "../../support/require.js";
import { createGitRig, type GitRig, spoolDirOf } from "./git-rig.js";

needsGit()("what a push that waits would change", () => {
  let rig: GitRig;
  let looks: (readonly PushedChange[])[];

  beforeEach(async () => {
    rig = await createGitRig();
    looks = [];
    rig.caller.allowPush = async ({ look }) => {
      looks.push(await look());
      return undefined;
    };
    await rig.github.git("acme/widgets", "config", "uploadpack.allowFilter", "true");
    expect((await rig.git("clone", "-q", rig.url, "w")).code).toBe(0);
  });
  afterEach(() => rig.stop());

  async function push(script: string, refs = "HEAD:parley/coder/x"): Promise<readonly PushedChange[]> {
    const { code, output } = await rig.sh(`cd w; ${script}; git push -q origin ${refs}`);
    expect(output).toBe("");
    expect(code).toBe(0);
    return looks.at(-1) ?? [];
  }
  const idOf = async (ref: string) => (await rig.sh(`cd w; git rev-parse ${ref}`)).output.trim();

  test("is shown as commits, files and a unified diff against the commit a new branch begins at", async () => {
    const [change] = await push(
      "printf 'one\\ntwo\\n' > src/a.txt; git mv README.md READ.md; printf 'a\\0b' > b.bin; git add -A; git commit -qm First; echo new > new.txt; git add -A; git commit -qm 'Second one'",
    );
    expect(change?.base).toBe(await idOf("origin/main"));
    expect(change?.commits).toEqual([
      { id: await idOf("HEAD"), author: "coder", subject: "Second one" },
      { id: await idOf("HEAD~1"), author: "coder", subject: "First" },
    ]);
    expect(change?.files).toEqual([
      { path: "README.md → READ.md", added: 0, removed: 0 },
      { path: "b.bin" },
      { path: "new.txt", added: 1, removed: 0 },
      { path: "src/a.txt", added: 1, removed: 0 },
    ]);
    expect(change?.diff).toEqual({
      text: (await rig.sh("cd w; git diff -M --full-index --no-color origin/main HEAD")).output.replace(
        /^index ([0-9a-f]{7})[0-9a-f]+\.\.([0-9a-f]{7})[0-9a-f]+/gm,
        "index $1..$2",
      ),
      isCut: false,
    });
    expect(change?.whyNoDiff).toBeUndefined();
    expect(await readdir(spoolDirOf(rig.dir))).toEqual([]);
  });

  test("is compared with what stands in the branch, also after a rewrite and a return to old content", async () => {
    await push("echo two > src/a.txt; git commit -qam Two");
    const before = await idOf("HEAD");
    const [rewritten] = await push(
      "git reset -q --hard origin/main; echo three > src/a.txt; git commit -qam Three",
      "+HEAD:parley/coder/x",
    );
    expect(rewritten).toMatchObject({ base: before, commits: [{ subject: "Three" }] });
    expect(rewritten?.diff?.text).toContain("-two\n+three\n");
    // The old file and folder are on the server, so the push does not bring them.
    const [back] = await push(
      "git rm -q -r src; git commit -qm Without; git checkout -q origin/main -- src; git commit -qm Back",
    );
    expect(back).toMatchObject({ commits: [{ subject: "Back" }, { subject: "Without" }] });
    expect(back?.diff?.text).toContain("-three\n+one\n");
  });

  test("is said where nothing can be compared: deletions, known commits, more than a few branches", async () => {
    const [known] = await push("true");
    expect(known).toMatchObject({
      commits: [],
      whyNoDiff: "The branch begins at a commit that is on the server already.",
    });
    expect(await push("true", ":parley/coder/x")).toMatchObject([{ commits: [], whyNoDiff: "The branch is deleted." }]);
    const many = Array.from({ length: 9 }, (_, at) => `HEAD:parley/coder/m${at}`).join(" ");
    const changes = await push("echo 2 > src/a.txt; git commit -qam Many", many);
    expect(changes[7]?.diff?.text).toContain("+2");
    expect(changes[8]).toMatchObject({ commits: [{ subject: "Many" }], whyNoDiff: "Of a push, 8 branches are shown." });
  });

  test("is cut at a bound, at the end of a line", async () => {
    const [change] = await push("seq 1 200000 > long.txt; git add -A; git commit -qm Long");
    expect(change?.files).toEqual([{ path: "long.txt", added: 200_000, removed: 0 }]);
    expect(change?.diff?.isCut).toBe(true);
    expect(change?.diff?.text.length).toBeLessThanOrEqual(512 * 1_024);
    expect(change?.diff?.text).toMatch(/\n\+\d+\n$/);
  });

  test("is shown with a server that knows no filters, and of a history of its own", async () => {
    await rig.github.git("acme/widgets", "config", "uploadpack.allowFilter", "false");
    const [change] = await push("echo two > src/a.txt; git commit -qam Two");
    expect(change?.diff?.text).toContain("-one\n+two\n");
    const [own] = await push("git checkout -q --orphan own; git commit -qm Own", "HEAD:parley/coder/own");
    expect(own).toMatchObject({ commits: [{ subject: "Own" }] });
    expect(own?.base).toBeUndefined();
    expect(own?.diff?.text).toContain("+Widgets\n");
  });

  test("runs nothing that the push holds or the machine has configured", async () => {
    const planted = join(rig.dir, "planted");
    await mkdir(planted);
    const touch = (name: string) => `touch ${join(planted, name)}`;
    await writeFile(
      join(rig.dir, ".gitconfig"),
      `[core]\n fsmonitor = ${touch("monitor")}\n hooksPath = ${planted}\n[diff]\n external = ${touch("diff")}\n[diff "x"]\n textconv = ${touch("textconv")}\n command = ${touch("driver")}\n[filter "x"]\n smudge = ${touch("smudge")}\n clean = ${touch("clean")}\n process = ${touch("process")}\n[alias]\n diff-tree = !${touch("alias")}\n`,
    );
    const before = { ...process.env };
    Object.assign(process.env, {
      HOME: rig.dir,
      GIT_EXTERNAL_DIFF: touch("environment"),
      GIT_CONFIG_GLOBAL: join(rig.dir, ".gitconfig"),
    });
    try {
      const [change] = await push(
        "printf '* diff=x filter=x\\n' > .gitattributes; echo two > src/a.txt; git -c filter.x.clean=cat -c filter.x.process= -c core.fsmonitor=false add -A; git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c filter.x.clean=cat -c filter.x.process= commit -qm Attributes; rm -rf '" +
          planted +
          "'/*",
      );
      expect(change?.diff?.text).toContain("+two");
    } finally {
      for (const name of ["HOME", "GIT_EXTERNAL_DIFF", "GIT_CONFIG_GLOBAL"]) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
    expect(await readdir(planted)).toEqual([]);
  });

  test("is said to be unknown when the server does not answer, and the push can still be allowed", async () => {
    rig.github.inject({ on: "git", kind: { status: 503 }, method: "POST", times: 2 });
    const sent = await rig.sh(
      "cd w; echo two > src/a.txt; git commit -qam Two; git push -q origin HEAD:parley/coder/x",
    );
    expect(looks.at(-1)).toMatchObject([{ whyNoDiff: expect.stringContaining("There is nothing to compare with") }]);
    expect(sent.code).toBe(0);
  });
});
