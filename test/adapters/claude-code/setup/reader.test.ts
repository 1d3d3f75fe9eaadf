import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type RunCommand, readSetup } from "../../../../adapters/claude-code/setup/reader.js";
import { SETUP_LIMITS } from "../../../../src/core/room/setup.js";
import { needsGit } from "../../../support/require.js";

const execute = promisify(execFile);
const identity = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@x", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@x" };
/** As a shell writes a variable. */
const variable = ["$", "{TOKEN}"].join("");
const skill = "---\nname: other\ndescription: How notes are written.\n---\nBegin with what changed.\n";

needsGit()("the set-up of a repository", () => {
  let dir = "";
  let [origin, seed, home] = ["", "", ""];
  const env = () => ({ PATH: process.env.PATH ?? "", HOME: home, GIT_CONFIG_NOSYSTEM: "1", ...identity });
  const sh = (script: string, cwd = seed) => execute("sh", ["-ec", script], { cwd, env: env() }).then((r) => r.stdout);
  const ran: string[] = [];
  const run: RunCommand = ([program = "", ...args]) => {
    ran.push(args[1] ?? program);
    return execute(program, args, { env: env(), cwd: home, maxBuffer: 1_024 * 1_024 }).then(
      ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        output: error.stdout + error.stderr,
      }),
    );
  };

  beforeEach(async () => {
    ran.length = 0;
    dir = await mkdtemp(join(tmpdir(), "parley-setup-"));
    [origin, seed, home] = [join(dir, "origin.git"), join(dir, "seed"), join(dir, "home")];
    await mkdir(seed);
    await mkdir(home);
    await sh(
      `git init -q --bare -b main ${origin}; git -C ${origin} config uploadpack.allowFilter true; git init -q -b main .`,
    );
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const write = async (files: Record<string, string | Buffer>) => {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(seed, path)), { recursive: true });
      await writeFile(join(seed, path), content);
    }
  };
  const push = (branch = "main") =>
    sh(`git add -A; git commit -qm Change; git push -qf ${origin} HEAD:refs/heads/${branch}; git rev-parse HEAD`);
  const read = (options: { branch?: string; known?: string } = {}) =>
    readSetup(run, { url: `file://${origin}`, dir: join(dir, "read"), branch: options.branch }, options);
  const published = async (files: Record<string, string | Buffer>) => {
    await write({ "README.md": "Widgets", ...files });
    await push();
    return read();
  };
  const paths = (found: Awaited<ReturnType<typeof read>>) => found?.files.map(({ path }) => path);

  test.each([
    ["true", "gives only the files asked for"],
    ["false", "gives whole commits"],
  ])("is read from the head of the branch, of a server that (%s) %s", async (allowFilter) => {
    await sh(`git -C ${origin} config uploadpack.allowFilter ${allowFilter}`);
    await write({ "CLAUDE.md": "old" });
    await push();
    await write({
      "CLAUDE.md": "Use tabs.\n",
      "AGENTS.md": "Use spaces.\n",
      ".claude/CLAUDE.md": "Be brief.\n",
      ".mcp.json": `{"mcpServers":{"notes":{"command":"node","args":["n.js"],"env":{"A":"${variable}"}}}}`,
      ".claude/skills/notes/SKILL.md": skill,
      ".claude/skills/notes/forms/a.md": "A form.",
      ".claude/settings.json": JSON.stringify({
        permissions: { allow: ["Bash"] },
        hooks: { PreToolUse: [{ matcher: "Bash", hooks: [{ type: "command", command: "date" }] }] },
      }),
      "src/CLAUDE.md": "not at the root",
      ".claude/agents/x.md": "not taken",
    });
    const commit = (await push()).trim();
    const found = await read();
    expect(found?.commit).toBe(commit);
    expect(found?.files.map(({ kind, path }) => [kind, path])).toEqual([
      ["instructions", "CLAUDE.md"],
      ["instructions", ".claude/CLAUDE.md"],
      ["instructions", "AGENTS.md"],
      ["mcp", ".mcp.json"],
      ["hooks", ".claude/settings.json"],
      ["skill", ".claude/skills/notes/SKILL.md"],
      ["skill", ".claude/skills/notes/forms/a.md"],
    ]);
    const textOf = (path: string) => found?.files.find((file) => file.path === path)?.text;
    expect(textOf("CLAUDE.md")).toBe("Use tabs.\n");
    expect(JSON.parse(textOf(".mcp.json") ?? "")).toMatchObject({ mcpServers: { notes: { env: { A: variable } } } });
    expect(JSON.parse(textOf(".claude/settings.json") ?? "")).toEqual({
      hooks: { PreToolUse: [{ matcher: "Bash", hooks: [{ type: "command", command: "date" }] }] },
    });
    expect(textOf(".claude/skills/notes/SKILL.md")).toBe(
      '---\nname: "notes"\ndescription: "How notes are written."\n---\nBegin with what changed.\n',
    );
    expect(found?.refused).toEqual([{ path: ".claude/settings.json", why: "left out of it: permissions" }]);
    expect(await readdir(dir)).not.toContain("read");
  });

  test("is that of the branch asked for, and is not read again from a commit that is known", async () => {
    await published({ "CLAUDE.md": "of main" });
    await write({ "CLAUDE.md": "of other" });
    const commit = (await push("other/branch")).trim();
    const found = await read({ branch: "other/branch" });
    expect(found).toMatchObject({ commit, files: [{ text: "of other" }] });
    ran.length = 0;
    expect(await read({ branch: "other/branch", known: commit })).toBeUndefined();
    expect(ran).toHaveLength(2);
    await expect(read({ branch: "missing" })).rejects.toThrow(/missing/);
  });

  test("is empty if the repository has no such file", async () => {
    expect(await published({})).toMatchObject({ files: [], refused: [] });
    expect(await published({ "CLAUDE.md": " \n", ".claude/settings.json": '{"permissions":{}}' })).toMatchObject({
      files: [],
      refused: [],
    });
  });

  test("holds no links, wherever they lead, no submodules and no folders", async () => {
    await writeFile(join(dir, "secret"), "a secret of the host");
    await symlink(join(dir, "secret"), join(seed, "CLAUDE.md"));
    await symlink("README.md", join(seed, "AGENTS.md"));
    await mkdir(join(seed, ".claude/skills/notes"), { recursive: true });
    await symlink("/etc", join(seed, ".claude/skills/etc"));
    await symlink("/etc/passwd", join(seed, ".claude/skills/notes/SKILL.md"));
    await write({ "README.md": "x", ".mcp.json/a": "a folder" });
    await sh(
      "git add -A; git commit -qm One; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),.claude/CLAUDE.md",
    );
    await sh(`git commit -qm Two; git push -q ${origin} main`);
    const found = await read();
    expect(found?.files).toEqual([]);
    expect(found?.refused).toEqual([
      { path: "CLAUDE.md", why: "it is a link" },
      { path: ".claude/CLAUDE.md", why: "it is a submodule" },
      { path: "AGENTS.md", why: "it is a link" },
      { path: ".mcp.json", why: "it is a folder" },
      { path: ".claude/skills/etc", why: "it is a link" },
      { path: ".claude/skills/notes/SKILL.md", why: "it is a link" },
    ]);
  });

  test("is not looked for behind a link or a file in place of its folder", async () => {
    await write({ "elsewhere/CLAUDE.md": "x", "elsewhere/skills/notes/SKILL.md": skill });
    await symlink("elsewhere", join(seed, ".claude"));
    expect(await published({})).toMatchObject({ files: [], refused: [{ path: ".claude", why: "it is a link" }] });
    await rm(join(seed, ".claude"));
    expect(await published({ ".claude": "a file" })).toMatchObject({
      files: [],
      refused: [{ path: ".claude", why: "it is not a folder" }],
    });
  });

  test("holds no file that is too large, is not text, or would hide something", async () => {
    const found = await published({
      "CLAUDE.md": Buffer.alloc(10 * 1_024 * 1_024, "a"),
      "AGENTS.md": Buffer.from([0xff, 0xfe, 0x41, 0x00]),
      ".claude/CLAUDE.md": "with an escape \u001b[2J",
      ".claude/skills/notes/SKILL.md": skill,
      ".claude/skills/notes/logo.png": Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x00]),
    });
    expect(paths(found)).toEqual([".claude/skills/notes/SKILL.md"]);
    expect(found?.refused).toEqual([
      { path: "CLAUDE.md", why: expect.stringContaining("it has 10485760 bytes; at most") },
      { path: ".claude/CLAUDE.md", why: "it holds control characters" },
      { path: "AGENTS.md", why: "it is not UTF-8 text" },
      { path: ".claude/skills/notes/logo.png", why: "it is not UTF-8 text" },
    ]);
  });

  test("keeps to its bounds of files and of bytes in all, the important files first", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 80 }, (_, at) => [
        `.claude/skills/notes/f${String(at).padStart(2, "0")}.md`,
        "x".repeat(9_000),
      ]),
    );
    const found = await published({ ...many, ".claude/skills/notes/SKILL.md": skill, "CLAUDE.md": "Use tabs." });
    expect(paths(found)?.slice(0, 2)).toEqual(["CLAUDE.md", ".claude/skills/notes/SKILL.md"]);
    const bytes = found?.files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) ?? 0;
    expect(bytes).toBeLessThanOrEqual(SETUP_LIMITS.maxBytes);
    expect(bytes).toBeGreaterThan(SETUP_LIMITS.maxBytes - 9_000);
    expect(found?.refused.length).toBe(SETUP_LIMITS.maxRefused);
    expect(found?.refused.at(-1)?.why).toMatch(/^\d+ more files cannot be used$/);
    expect(JSON.stringify(found?.refused)).toContain("18 more files than the 64 that can be offered");
  });

  test.each([
    ["that is not JSON", "{mcpServers", "it is not a JSON object"],
    ["that is a list", "[]", "it is not a JSON object"],
    ["whose servers are a text", '{"mcpServers":"x"}', "mcpServers has a form that cannot be used"],
    ["with a member that is not known", '{"mcpServers":{"a":{"command":"x","cwd":"/"}}}', "mcpServers.a has a form"],
    ["with a server in this process", '{"mcpServers":{"a":{"type":"sdk","name":"a"}}}', "mcpServers.a has a form"],
    [
      "with an address of another kind",
      '{"mcpServers":{"a":{"type":"http","url":"file:///x"}}}',
      "mcpServers.a.url has a form",
    ],
    ["with an invalid name", '{"mcpServers":{"a b\\n":{"command":"x"}}}', "mcpServers.a?b? has a form"],
  ])("holds no .mcp.json %s", async (_, json, why) => {
    const found = await published({ ".mcp.json": json });
    expect(found).toMatchObject({ files: [], refused: [{ path: ".mcp.json", why: expect.stringContaining(why) }] });
  });

  test.each([
    ["that call an address", { PreToolUse: [{ hooks: [{ type: "http", url: "https://x" }] }] }],
    ["that ask a model", { Stop: [{ hooks: [{ type: "prompt", prompt: "x" }] }] }],
    ["with a condition that is not known", { Stop: [{ hooks: [{ type: "command", command: "x", if: "y" }] }] }],
    ["in another form", ["x"]],
  ])("holds no hooks %s", async (_, hooks) => {
    const found = await published({ ".claude/settings.json": JSON.stringify({ hooks }) });
    expect(found).toMatchObject({ files: [], refused: [{ why: expect.stringContaining("has a form") }] });
  });

  test.each([
    ["that lets tools run", "---\ndescription: x\nallowed-tools: Bash(*)\n---\nBody", ["allowed-tools"]],
    ["that runs commands", "---\ndescription: x\nhooks:\n  Stop:\n    - hooks: []\n---\nBody", ["hooks"]],
    ["with a quoted key", '---\n"allowed-tools": Bash\ndescription: x\n---\nBody', ["?allowed-tools?"]],
    [
      "with a line ended by a carriage return alone",
      "---\ndescription: x\rallowed-tools: Bash\n---\nBody",
      ["allowed-tools"],
    ],
    ["whose description goes on", "---\nallowed-tools: Bash\ndescription: >\n  x\n---\nBody", ["allowed-tools"]],
  ])("leaves out of a skill what gives rights: one %s", async (_, markdown, leftOut) => {
    const found = await published({ ".claude/skills/notes/SKILL.md": markdown });
    expect(found?.files[0]?.text).toBe('---\nname: "notes"\ndescription: "x"\n---\nBody');
    expect(found?.refused).toMatchObject([{ why: `left out of it: ${leftOut.join(", ")}` }]);
  });

  test("holds no skill without a description, nor the files beside it, and none with a name that leads elsewhere", async () => {
    await write({
      ".claude/skills/plain/SKILL.md": "Just text.",
      ".claude/skills/plain/more.md": "More.",
      ".claude/skills/none/readme.md": "No skill.",
      ".claude/skills/loose.md": "Beside the skills.",
      ".claude/skills/no tes/SKILL.md": skill,
      ".claude/skills/.hidden/SKILL.md": skill,
      ".claude/skills/a/b/c/d/e/f/g/h/SKILL.md": skill,
    });
    const found = await published({});
    expect(found?.files).toEqual([]);
    expect(found?.refused.map(({ path }) => path).toSorted()).toEqual([
      ".claude/skills/.hidden/SKILL.md",
      ".claude/skills/a/b/c/d/e/f/g/h/SKILL.md",
      ".claude/skills/loose.md",
      ".claude/skills/no?tes/SKILL.md",
      ".claude/skills/none",
      ".claude/skills/plain",
      ".claude/skills/plain/SKILL.md",
    ]);
  });

  test("is not read from a tree that has a path twice or one that climbs out of its folder", async () => {
    const hash = async (text: string) => (await sh(`printf %s '${text}' | git hash-object -w --stdin`)).trim();
    const [one, two] = [await hash("one"), await hash("two")];
    const tree = (
      await sh(`printf '100644 blob ${one}\\tCLAUDE.md\\n100644 blob ${two}\\tCLAUDE.md\\n' | git mktree`)
    ).trim();
    await sh(`git update-ref refs/heads/main $(git commit-tree ${tree} -m Twice); git push -qf ${origin} main`);
    expect(await read()).toMatchObject({
      files: [],
      refused: [{ why: "it occurs twice" }, { why: "it occurs twice" }],
    });
  });

  test("is read without any setting, hook or filter that the home or the repository brings", async () => {
    const mark = join(dir, "mark");
    await writeFile(
      join(home, ".gitconfig"),
      `[core]\n\thooksPath = ${home}/hooks\n\tfsmonitor = touch ${mark}\n[filter "evil"]\n\tsmudge = touch ${mark}\n[uploadpack]\n\tpackObjectsHook = touch ${mark}\n[url "ext::sh -c touch% ${mark} "]\n\tinsteadOf = file://\n`,
    );
    await mkdir(join(home, "hooks"));
    await writeFile(join(home, "hooks/reference-transaction"), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
    await write({ ".gitattributes": "* filter=evil diff=evil\n", "CLAUDE.md": "Use tabs." });
    await execute("sh", ["-ec", `git add -A; git commit -qm x; git push -q ${origin} HEAD:main`], {
      cwd: seed,
      env: { ...env(), HOME: "/nonexistent" },
    });
    expect(paths(await read())).toEqual(["CLAUDE.md"]);
    expect(await readdir(dir)).not.toContain("mark");
  });

  test("is not what lies where it is read: a folder left there is thrown away", async () => {
    await mkdir(join(dir, "read/hooks"), { recursive: true });
    await writeFile(join(dir, "read/config"), `[remote "origin"]\n\tuploadpack = touch ${join(dir, "mark")}\n`);
    expect(paths(await published({ "CLAUDE.md": "Use tabs." }))).toEqual(["CLAUDE.md"]);
    expect(await readdir(dir)).not.toContain("mark");
  });
});
