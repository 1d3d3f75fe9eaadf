import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { repositoryOf, repositoryUrl } from "../../../src/core/values/repository.js";
import type { PushedChange } from "../../../src/ports/repositories.js";
import { needsGit } from "../../support/require.js";
import { createGitRig, type GitRig } from "./git-rig.js";

needsGit()("a repository that is a folder of this machine", () => {
  let root: string;
  let folder: string;
  let rig: GitRig;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "parley-folder-"));
    folder = join(root, "allowed", "widgets");
    await mkdir(folder, { recursive: true });
    rig = await createGitRig({ folders: [join(root, "allowed")] });
    await here("git init -q; echo one > a.txt; git add -A; git commit -qm First");
    use(folder);
  });
  afterEach(async () => {
    await rig.stop();
    await rm(root, { recursive: true, force: true });
  });

  /** A shell in the folder, as its owner. */
  const here = async (script: string) => {
    const { code, output } = await rig.sh(`cd ${folder}; ${script}`);
    expect({ code, output }).toMatchObject({ code: 0 });
    return output.trim();
  };
  function use(path: string): string {
    rig.caller.repository = repositoryOf(path);
    if (!rig.caller.repository) throw new Error(`${path} is not taken as a folder`);
    const { host, owner, name } = rig.caller.repository;
    return `${rig.at}/git/${host}/${owner}/${name}`;
  }
  const cloneOf = (path: string) => rig.git("clone", "-q", use(path), "w");

  test("is cloned and fetched by its address, and takes branches of agents", async () => {
    expect(repositoryUrl(repositoryOf(folder) ?? expect.fail())).toBe(`file://${folder}`);
    expect((await cloneOf(folder)).output).toBe("");
    expect(
      await here(
        "seq 1 3000 | while read n; do git tag t$n; done; echo two > b.txt; git add -A; git commit -qm Second",
      ),
    ).toBe("");
    expect((await rig.sh("cd w; git pull -q; cat b.txt")).output).toBe("two\n");
    expect(
      (await rig.sh("cd w; echo 3 > c.txt; git add -A; git commit -qm Third; git push -q origin HEAD:parley/coder/x"))
        .code,
    ).toBe(0);
    expect(await here("git log -1 --format=%s parley/coder/x; git status --porcelain; git branch --show-current")).toBe(
      "Third\nmain",
    );
    expect(rig.pushed).toMatchObject([[{ ref: "refs/heads/parley/coder/x" }]]);
    const shallow = await rig.git("clone", "-q", "--depth", "1", use(folder), "shallow");
    expect(shallow.code).toBe(0);
  });

  test("changes nothing but branches of the agent, and no branch that is checked out", async () => {
    await cloneOf(folder);
    await rig.sh("cd w; echo 3 > c.txt; git add -A; git commit -qm Third");
    expect((await rig.sh("cd w; git push -q origin HEAD:main")).output).toContain(
      "you push branches parley/coder/… only",
    );
    await here("git config receive.denyCurrentBranch updateInstead; git checkout -q -b parley/coder/mine");
    const taken = await rig.sh("cd w; git push -q origin HEAD:parley/coder/mine");
    expect(taken.code).not.toBe(0);
    expect(taken.output).toContain("checked out");
    await here(`git checkout -q main; git worktree add -q ${join(root, "tree")} parley/coder/mine`);
    for (const ref of ["HEAD:parley/coder/mine", ":parley/coder/mine"])
      expect((await rig.sh(`cd w; git push -q origin ${ref}`)).code).not.toBe(0);
    expect(await here("ls; git for-each-ref --format='%(refname)'")).toBe(
      "a.txt\nrefs/heads/main\nrefs/heads/parley/coder/mine",
    );
    expect(rig.pushed).toEqual([]);
  });

  test.each([
    ["another folder", () => join(root, "other")],
    ["a link out of the allowed one", () => join(root, "allowed", "link")],
    ["a folder without a repository", () => join(root, "allowed", "empty")],
    ["a folder that is not there", () => join(root, "allowed", "none")],
    ["a work tree whose files are elsewhere", () => join(root, "allowed", "tree")],
    ["a folder whose name begins as the allowed one's", () => join(root, "allowed-too")],
  ])("is refused where it is %s", async (_what, path) => {
    await mkdir(join(root, "allowed", "empty"));
    for (const name of ["other", "allowed-too"]) await here(`git clone -q . ${join(root, name)}`);
    await symlink(join(root, "other"), join(root, "allowed", "link"));
    await here(`git worktree add -q -b tree ${join(root, "allowed", "tree")}`);
    const { code, output } = await cloneOf(path());
    expect(code).not.toBe(0);
    expect(output).toContain("403");
  });

  test("runs nothing that it has planted: no hook, filter, monitor, alias, driver or command of its settings", async () => {
    const planted = join(root, "planted");
    await mkdir(planted);
    const touch = (name: string) => `touch ${join(planted, name)}`;
    const hooks = [
      "pre-receive",
      "update",
      "post-receive",
      "post-update",
      "reference-transaction",
      "proc-receive",
      "push-to-checkout",
      "post-checkout",
    ];
    for (const hook of hooks) {
      await writeFile(join(folder, ".git", "hooks", hook), `#!/bin/sh\n${touch(hook)}\n`);
      await chmod(join(folder, ".git", "hooks", hook), 0o755);
    }
    const settings: [string, string][] = [
      ["core.fsmonitor", touch("monitor")],
      ["core.hooksPath", join(folder, ".git", "hooks")],
      ["core.alternateRefsCommand", touch("alternates")],
      ["core.sshCommand", touch("ssh")],
      ["core.pager", touch("pager")],
      ["uploadpack.packObjectsHook", touch("pack")],
      ["alias.upload-pack", `!${touch("alias")}`],
      ["alias.receive-pack", `!${touch("alias2")}`],
      ["filter.x.smudge", touch("smudge")],
      ["filter.x.clean", touch("clean")],
      ["filter.x.process", touch("process")],
      ["diff.external", touch("external")],
      ["diff.x.textconv", touch("textconv")],
      ["gc.auto", "1"],
    ];
    await writeFile(join(folder, ".git", "info", "attributes"), "* filter=x diff=x\n");
    for (const [key, value] of settings)
      await rig.sh(`GIT_CONFIG_COUNT=0 git config --file ${join(folder, ".git", "config")} ${key} '${value}'`);
    let looked: readonly PushedChange[] = [];
    rig.caller.allowPush = async ({ look }) => {
      looked = await look();
      return undefined;
    };
    expect((await cloneOf(folder)).output).toBe("");
    const pushed = await rig.sh(
      "cd w; echo 3 > a.txt; git add -A; git commit -qm Third; git push -q origin HEAD:parley/coder/x",
    );
    expect(pushed).toEqual({ code: 0, output: "" });
    expect(looked[0]?.diff?.text).toContain("-one\n+3\n");
    expect(await readdir(planted)).toEqual([]);
  });

  test("takes no objects that Git's check finds wrong", async () => {
    await cloneOf(folder);
    const made = await rig.sh(
      "cd w; tree=$(git mktree </dev/null); printf 'tree %s\\nauthor a <a@b> 1 +0000\\ncommitter <> x\\n\\nBad\\n' $tree | git hash-object -t commit -w --literally --stdin",
    );
    const id = made.output.trim();
    expect(id).toMatch(/^[0-9a-f]{40}$/);
    const bad = await rig.sh(`cd w; git push -q origin ${id}:refs/heads/parley/coder/bad`);
    expect(bad.code).not.toBe(0);
    expect(await here(`git for-each-ref --format='%(refname)'; git cat-file -e ${id} 2>&1 || echo none`)).toMatch(
      /^refs\/heads\/main\n[\s\S]*none$/,
    );
  });
});
