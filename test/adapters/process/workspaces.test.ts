import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { createProcessWorkspaces } from "../../../adapters/process/workspaces.js";
import { testWorkspacesContract, workspaceFiles } from "../../contract/workspaces.js";

const dirs: string[] = [];
afterAll(async () => {
  for (const dir of dirs) await rm(dir, { recursive: true, force: true });
});

async function fill(dir: string, agent: string): Promise<string> {
  const home = join(dir, "sandboxes", `${agent}_1`);
  const work = join(home, "work");
  for (const [path, file] of Object.entries(workspaceFiles)) {
    await mkdir(dirname(join(work, path)), { recursive: true });
    if (typeof file === "string") await writeFile(join(work, path), file);
    else await symlink(file.linkTo, join(work, path));
  }
  await writeFile(join(home, "labels.json"), JSON.stringify({ room: "r1", agent }));
  return work;
}

testWorkspacesContract("process", async () => {
  const dir = await mkdtemp(join(tmpdir(), "workspaces-"));
  dirs.push(dir);
  await fill(dir, "coder");
  const work = await fill(dir, "builder");
  const env = { PATH: process.env.PATH ?? "", GIT_CONFIG_GLOBAL: "/dev/null", HOME: dir };
  const git = (...args: string[]) =>
    spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: work, env });
  for (const args of [
    ["init", "-q"],
    ["add", "."],
    ["commit", "-qm", "first"],
  ])
    git(...args);
  await writeFile(join(work, "src/a.ts"), "export const a = 2;\n");
  return {
    workspaces: createProcessWorkspaces({ dir: join(dir, "sandboxes"), path: env.PATH, clock: createSystemClock() }),
    agent: { roomId: "r1", name: "coder" },
    repository: { roomId: "r1", name: "builder" },
  };
});
