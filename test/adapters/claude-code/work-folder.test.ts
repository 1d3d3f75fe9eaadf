import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gitEnvironment } from "../../../adapters/claude-code/git-settings.js";
import { createWorkFolder, type WorkFolder } from "../../../adapters/claude-code/work-folder.js";
import { branchesScript, cloneScript, notEmptyCode } from "../../../adapters/claude-code/work-scripts.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import type { Sandbox } from "../../../src/ports/sandboxes.js";
import { agentSpec } from "../../support/agent-spec.js";
import { needsGit } from "../../support/require.js";
import { createStubClock, realClock } from "../../support/stub-clock.js";
import { plainRole } from "./support/rig.js";

const run = promisify(execFile);
const identity = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@x", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@x" };

needsGit()("the scripts of a work folder", () => {
  let dir = "";
  let [origin, work] = ["", ""];
  const env = { PATH: process.env.PATH ?? "", HOME: "/nowhere", GIT_CONFIG_NOSYSTEM: "1", ...identity };
  const sh = (script: string, cwd = dir) => run("sh", ["-ec", script], { cwd, env }).then(({ stdout }) => stdout);
  const exec = (script: string, ...args: string[]) =>
    run("sh", ["-c", script, "test", ...args], { env }).then(
      ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        output: error.stdout + error.stderr,
      }),
    );
  const clone = ({ branch = "", seconds = "20" } = {}) => exec(cloneScript, origin, branch, seconds, work);

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "parley-work-"));
    [origin, work] = [join(dir, "origin.git"), join(dir, "work")];
    await mkdir(work);
    await sh(`git init -q --bare -b main ${origin}; git init -q -b main seed; cd seed; mkdir -p src .hidden; echo one > src/a.txt; echo h > .hidden/b; ln -s src link
      git add -A; git commit -qm First; git push -q ${origin} main; git branch other; git push -q ${origin} other`);
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  test("clone into an empty folder, on the branch asked for", async () => {
    expect(await clone({ branch: "other" })).toEqual({ code: 0, output: "" });
    expect((await readdir(work)).toSorted()).toEqual([".git", ".hidden", "link", "src"]);
    expect(
      await sh(
        "git status --porcelain; git branch --show-current; git fetch -q; ls .git/hooks 2>/dev/null || echo no hooks",
        work,
      ),
    ).toBe("other\nno hooks\n");
  });

  test("leave existing content as it is: a clone, other files; a failed clone leaves nothing", async () => {
    await clone();
    await writeFile(join(work, "src/a.txt"), "mine");
    expect(await clone()).toEqual({ code: 0, output: "" });
    expect(await readFile(join(work, "src/a.txt"), "utf8")).toBe("mine");
    await rm(work, { recursive: true });
    await mkdir(work);
    await writeFile(join(work, "notes.txt"), "mine");
    expect((await clone()).code).toBe(notEmptyCode);
    await rm(join(work, "notes.txt"));
    const failed = await clone({ branch: "missing" });
    expect(failed.code).toBe(128);
    expect(failed.output).toContain("Remote branch missing not found");
    expect(await readdir(work)).toEqual([]);
    expect((await clone()).code).toBe(0);
  });

  test("continue a clone that was interrupted, at any point", async () => {
    await mkdir(join(work, ".parley-clone/.git"), { recursive: true });
    await writeFile(join(work, ".parley-clone/half"), "");
    expect((await clone()).code).toBe(0);
    expect((await readdir(work)).toSorted()).toEqual([".git", ".hidden", "link", "src"]);
    // Cloned wholly, and cut off while it was moved in.
    await rm(work, { recursive: true });
    await mkdir(work);
    await sh(
      `git clone -q ${origin} ${work}/.parley-clone; touch ${work}/.parley-clone/.git/parley-whole; mv ${work}/.parley-clone/src ${work}/`,
    );
    expect((await clone()).code).toBe(0);
    expect((await readdir(work)).toSorted()).toEqual([".git", ".hidden", "link", "src"]);
    expect(await sh("git status --porcelain", work)).toBe("");
  });

  test("end in time", async () => {
    await sh(
      "mkfifo pipe; mkdir slow; printf '#!/bin/sh\\nexec cat > /dev/null < ../pipe\\n' > slow/git; chmod +x slow/git",
    );
    const slow = run("sh", ["-c", cloneScript, "test", origin, "", "0.2", work], {
      env: { ...env, PATH: `${dir}/slow:${env.PATH}` },
    });
    await expect(slow).rejects.toMatchObject({ code: 124 });
  });

  test("show the branches of others and their changes only; a deleted branch disappears", async () => {
    await clone();
    const push = (branch: string, script: string) =>
      sh(
        `cd seed; git checkout -qB x main; ${script}; git add -A; git commit -qm Change; git push -qf ${origin} HEAD:refs/heads/${branch}`,
      );
    await push("parley/coder/one", "echo two >> src/a.txt");
    await push("parley/coder/one-more", "echo new > 'src/a new file.txt'");
    await push("elsewhere", "echo no > src/no.txt");
    expect(await exec(branchesScript, work)).toEqual({ code: 0, output: "" });
    const read = (path: string) => readFile(join(work, ".parley", path), "utf8");
    expect(await read("branches/parley/coder/one/src/a.txt")).toBe("one\ntwo\n");
    expect(await read("changes/parley/coder/one.diff")).toMatch(/^diff --git a\/src\/a\.txt.*\+two\n$/s);
    expect(await read("changes/parley/coder/one-more.diff")).toContain("a new file.txt");
    expect(await readdir(join(work, ".parley/branches"))).toEqual(["parley"]);
    expect(await sh("git status --porcelain", work)).toBe("");
    await push("parley/coder/one", "echo three >> src/a.txt");
    await sh(
      `git push -q ${origin} :parley/coder/one-more; cd ../seed; git checkout -q main; echo merged > m.txt; git add -A; git commit -qm Merge; git push -q ${origin} main`,
      work,
    );
    expect((await exec(branchesScript, work)).code).toBe(0);
    expect(await read("branches/parley/coder/one/src/a.txt")).toBe("one\nthree\n");
    expect(await readdir(join(work, ".parley/branches/parley/coder"))).toEqual(["one"]);
    expect(await readdir(join(work, ".parley/changes/parley/coder"))).toEqual(["one.diff"]);
    expect(await readFile(join(work, "m.txt"), "utf8")).toBe("merged\n");
  });

  test("run and fetch nothing that a repository asks for", async () => {
    const mark = join(dir, "mark");
    const modules = `[submodule "sub"]\n\tpath = sub\n\turl = ext::sh -c touch% ${mark}\n\tupdate = !touch ${mark}\n\tfetchRecurseSubmodules = true\n`;
    await writeFile(join(dir, "seed/.gitmodules"), modules);
    await writeFile(join(dir, "seed/.gitattributes"), "* filter=evil diff=evil merge=evil\n");
    await mkdir(join(dir, "seed/.githooks"));
    await writeFile(join(dir, "seed/.githooks/post-checkout"), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
    await sh(`cd seed; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub; git add -A .gitmodules .gitattributes .githooks
      git commit -qm Hostile; git push -q ${origin} main HEAD:parley/coder/x`);
    expect(await clone()).toEqual({ code: 0, output: "" });
    await sh(
      `cd seed; echo more >> src/a.txt; git add src; git commit -qm More; git push -q ${origin} main HEAD:parley/coder/x`,
    );
    expect(await exec(branchesScript, work)).toEqual({ code: 0, output: "" });
    expect(await readdir(join(work, "sub"))).toEqual([]);
    expect(await readFile(join(work, ".parley/branches/parley/coder/x/src/a.txt"), "utf8")).toBe("one\nmore\n");
    expect(await readdir(dir)).not.toContain("mark");
  });

  test.each([
    ["a smudge filter", `git config filter.evil.smudge 'touch MARK; cat'; echo '* filter=evil' > .git/info/attributes`],
    ["a filter process", `git config filter.evil.process 'touch MARK'; echo '* filter=evil' > .git/info/attributes`],
    ["another upload-pack", "git config remote.origin.uploadpack 'touch MARK; git-upload-pack'"],
    [
      "an address of a helper",
      "git config protocol.ext.allow always; git config url.'ext::sh -c touch% MARK '.insteadOf ORIGIN",
    ],
    ["a file watcher", "git config core.fsmonitor 'touch MARK'"],
    ["an SSH command", "git config core.sshCommand 'touch MARK'; git config remote.origin.url ssh://git@127.0.0.1:1/x"],
    [
      "an included file",
      `printf '[remote "origin"]\n\tuploadpack = touch MARK; git-upload-pack\n' > .git/more; git config include.path more`,
    ],
    ["a diff program", "git config diff.external 'touch MARK'"],
    [
      "settings in another common folder",
      "cp -r .git other; git config -f other/config remote.origin.uploadpack 'touch MARK; git-upload-pack'; echo ../other > .git/commondir",
    ],
  ])("run nothing of a clone's own settings: %s", async (_what, plant) => {
    const mark = join(dir, "mark");
    expect((await clone()).code).toBe(0);
    await sh(plant.replaceAll("MARK", mark).replaceAll("ORIGIN", origin), work);
    await sh(`cd seed; echo more >> src/a.txt; git commit -qam More; git push -q ${origin} main HEAD:parley/coder/x`);
    expect(await exec(branchesScript, work, origin)).toEqual({ code: 0, output: "" });
    expect(await readFile(join(work, ".parley/branches/parley/coder/x/src/a.txt"), "utf8")).toBe("one\nmore\n");
    expect(await readFile(join(work, "src/a.txt"), "utf8")).toBe("one\nmore\n");
    expect(await readdir(dir)).not.toContain("mark");
  });

  test("run nothing that a work folder holds, and write nowhere else where a repository has a link in their place", async () => {
    await clone();
    const mark = join(dir, "mark");
    await mkdir(join(work, ".git/hooks"));
    for (const hook of ["post-checkout", "post-merge", "reference-transaction"])
      await writeFile(join(work, ".git/hooks", hook), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
    await sh(`git config core.fsmonitor "touch ${mark}; false"; git config diff.external "touch ${mark}"`, work);
    await sh(
      `cd seed; echo x > src/x.txt; git add -A; git commit -qm X; git push -q ${origin} HEAD:parley/coder/x HEAD:main`,
    );
    expect((await exec(branchesScript, work)).code).toBe(0);
    expect(await readdir(dirname(mark))).not.toContain("mark");
    await rm(join(work, ".parley"), { recursive: true });
    await mkdir(join(dir, "outside"));
    await symlink(join(dir, "outside"), join(work, ".parley"));
    expect(await exec(branchesScript, work)).toMatchObject({
      code: 1,
      output: expect.stringContaining("has a .parley of its own"),
    });
    expect(await readdir(join(dir, "outside"))).toEqual([]);
  });

  test("have settings for Git that lead to Parley and to nothing else", async () => {
    const repository = { host: "github.com", owner: "acme", name: "widgets" };
    const given = gitEnvironment({ name: "coder", roomId: "r1" }, { repository, at: "http://127.0.0.1:3128/git" });
    const git = (...args: string[]) =>
      run("git", args, { cwd: dir, env: { ...env, ...given } }).then(({ stdout }) => stdout.trim());
    await git("init", "-q", "config");
    const urlOf = async (url: string) => {
      await git("-C", "config", "config", "remote.r.url", url);
      return git("-C", "config", "remote", "get-url", "r");
    };
    const here = "http://127.0.0.1:3128/git/github.com/acme/widgets";
    expect(await urlOf("https://github.com/acme/widgets.git")).toBe(`${here}.git`);
    expect(await urlOf("git@github.com:acme/widgets.git")).toBe(`${here}.git`);
    expect(await urlOf("ssh://git@github.com/acme/widgets")).toBe(here);
    expect(await urlOf("https://github.com/acme/other")).toBe("https://github.com/acme/other");
    expect(await git("config", "--get-urlmatch", "http.proxy", here)).toBe("");
    expect([await git("config", "user.name"), await git("config", "user.email")]).toEqual([
      "coder",
      "coder@r1.parley.invalid",
    ]);
  });
});

describe("a work folder", () => {
  const repository = { host: "github.com", owner: "acme", name: "widgets" };
  const reader = { ...plainRole, tools: { allow: ["Read"], autoAllow: [], deny: [] } };
  const sandboxWith = (exec: Sandbox["exec"]) => ({ id: "s", reattached: false, exec }) as unknown as Sandbox;
  const open = (role = plainRole, clock = realClock): WorkFolder =>
    createWorkFolder({ spec: agentSpec(), repository, role, clock, logger: createMemoryLogger() });
  const failing = (output: string, code = 128) => sandboxWith(async () => ({ code, output }));

  test("says once why it has no clone, in Parley's words or in Git's, never more than a line", async () => {
    const why = async (sandbox: Sandbox) => {
      const work = open();
      await work.prepare(sandbox);
      return work.problem();
    };
    expect(await why(failing("Cloning\nremote: Parley: nothing is there.\nfatal: unable to access\n"))).toBe(
      "coder works without https://github.com/acme/widgets: it could not be cloned (nothing is there). It is tried again the next time its session opens.",
    );
    expect(await why(failing("fatal: one\nfatal: two\u202e\n"))).toContain("(two)");
    expect(await why(failing("x".repeat(900)))).toMatch(/\(x{300}\)/);
    expect(await why(failing("", 124))).toContain("(it took longer than 240 s)");
    expect(await why(failing("", notEmptyCode))).toContain("(its work folder holds other files)");
    expect(await why(sandboxWith(() => Promise.reject(new Error("engine"))))).toContain(
      "(nothing could be run in its sandbox)",
    );
    expect(await why({ id: "s", reattached: false } as unknown as Sandbox)).toContain("nothing can be run");
    const work = open();
    await work.prepare(failing("fatal: one"));
    expect(work.hasNews()).toBe(true);
    expect(await work.beforeTurn()).toBe("your work folder has no clone of https://github.com/acme/widgets: one");
    expect(work.hasNews()).toBe(false);
  });

  test("does not wait for an engine that hangs", async () => {
    const clock = createStubClock();
    const work = open(plainRole, clock);
    const prepared = work.prepare(sandboxWith(() => new Promise(() => {})));
    clock.advance(255_000);
    // Nor for the engine to let Claude Code start.
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(30_000);
    await prepared;
    expect(work.problem()).toContain("took longer");
  });

  test("lets Claude Code start when it is ready, with a clone or without; a process that was never let start is not taken over", async () => {
    const commands: (readonly string[])[] = [];
    const sandbox = sandboxWith(async (command) => ({
      code: commands.push(command) === 1 ? 128 : 0,
      output: "fatal: no",
    }));
    await open().prepare(sandbox);
    expect(commands.map(([first]) => first)).toEqual(["sh", "touch"]);
    await open().prepare({ ...sandbox, reattached: true } as Sandbox);
    const unready = { ...failing("", 1), reattached: true } as Sandbox;
    await expect(open().prepare(unready)).rejects.toMatchObject({ code: "closed" });
  });

  test("is brought up to date before each turn of an agent that cannot run Git, also where it was taken over", async () => {
    const commands: (readonly string[])[] = [];
    let code = 0;
    const sandbox = sandboxWith(async (command) => {
      commands.push(command);
      return { code, output: "fatal: no" };
    });
    expect(open().hasNews()).toBe(false);
    const work = open(reader);
    await work.prepare({ ...sandbox, reattached: true } as Sandbox);
    expect(work.hasNews()).toBe(true);
    expect(await work.beforeTurn()).toBeUndefined();
    expect(commands.at(-1)?.slice(0, 4)).toEqual(["timeout", "-k", "5", "60"]);
    code = 1;
    expect(await work.beforeTurn()).toBe("your clone and .parley/branches could not be brought up to date: no");
    expect(work.problem()).toBeUndefined();
  });
});
