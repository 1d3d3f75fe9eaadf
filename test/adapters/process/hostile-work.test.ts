import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { createProcessWorkspaces } from "../../../adapters/process/workspaces.js";
import { PortError } from "../../../src/ports/port-error.js";
import type { Workspaces } from "../../../src/ports/workspaces.js";
import { outsideText, type WorkPlant, workPlants } from "../../support/work-plants.js";

const run = promisify(execFile);
const agent = { roomId: "r1", name: "coder" };
const clock = createSystemClock();
const path = process.env.PATH ?? "";
const dirs: string[] = [];

afterAll(async () => {
  for (const dir of dirs) {
    await run("chmod", ["-R", "u+rwx", dir]).catch(() => {});
    await rm(dir, { recursive: true, force: true });
  }
});

async function newWork() {
  const dir = await mkdtemp(join(tmpdir(), "hostile-work-"));
  dirs.push(dir);
  const [home, out] = [join(dir, "sandboxes", "coder_1"), join(dir, "out")];
  const work = join(home, "work");
  await mkdir(join(work, "src"), { recursive: true });
  await mkdir(join(out, "repo"), { recursive: true });
  await writeFile(join(home, "labels.json"), JSON.stringify({ room: "r1", agent: "coder", text: outsideText }));
  await writeFile(join(out, "secret.txt"), `${outsideText}\n`);
  const env = { PATH: path, HOME: dir, OUT: out, RAN: join(dir, "ran"), GIT_CONFIG_GLOBAL: join(dir, "gitconfig") };
  await writeFile(env.GIT_CONFIG_GLOBAL, "[user]\n\tname = a\n\temail = a@b\n[protocol]\n\tallow = always\n");
  const sh = (script: string, cwd = work) => run("bash", ["-c", script], { cwd, env });
  await sh("echo one > a.txt; echo two > src/b.txt; git init -q . && git add . && git commit -qm first");
  await sh("cp ../secret.txt . && git init -q . && git add . && git commit -qm first", join(out, "repo"));
  const workspaces = createProcessWorkspaces({ dir: join(dir, "sandboxes"), path, gitTimeoutMs: 15_000, clock });
  return { work, sh, workspaces, hasRun: () => existsSync(env.RAN) };
}

/** Everything that people see of a folder, as text; refusals in words are part of it. */
async function everyLook(workspaces: Workspaces, { paths = [] }: Pick<WorkPlant, "paths">): Promise<string> {
  const seen: string[] = [];
  const look = async (call: Promise<unknown>) => {
    const found = await call.catch((error: unknown) => {
      if (!(error instanceof PortError)) throw error;
      return error.message;
    });
    seen.push(found instanceof Uint8Array ? Buffer.from(found).toString("latin1") : (JSON.stringify(found) ?? ""));
  };
  const bytesOf = async (file: string) => {
    const found = await workspaces.read(agent, file, { maxBytes: 1_024 * 1_024 });
    return found && Buffer.from(found.bytes);
  };
  for (const folder of ["", "src", ".git", ...paths]) await look(workspaces.list(agent, folder));
  for (const file of ["a.txt", ".git/HEAD", ".git/config", ...paths]) {
    await look(bytesOf(file).then((bytes) => bytes?.toString("latin1")));
    await look(workspaces.diff(agent, { path: file }));
  }
  await look(workspaces.status(agent));
  await look(workspaces.diff(agent));
  await look(archived(workspaces));
  return seen.join("\n");
}

async function archived(workspaces: Workspaces): Promise<string> {
  let text = "";
  for await (const chunk of (await workspaces.archive(agent, { maxBytes: 16 * 1_024 * 1_024 })) ?? [])
    text += Buffer.from(chunk).toString("latin1");
  return text;
}

describe("a hostile work folder", () => {
  test("has at least 60 kinds of plants", () => {
    expect(new Set(workPlants.map(({ name }) => name)).size).toBeGreaterThanOrEqual(60);
  });

  test.each(workPlants)("with $name shows nothing from outside and runs nothing", async (plant) => {
    const { sh, workspaces, hasRun } = await newWork();
    await sh(plant.script);
    // Planting may run it: only what a look runs counts.
    await sh('rm -f "$RAN"');
    const seen = await everyLook(workspaces, plant);
    expect(seen).not.toContain(outsideText);
    expect(seen).not.toContain("root:x:0:");
    expect(hasRun()).toBe(false);
  });

  test("is looked into all the same where it is not hostile: the plants fail for a reason", async () => {
    const { sh, workspaces } = await newWork();
    await sh("echo more >> a.txt; echo new > new.txt");
    const seen = await everyLook(workspaces, { paths: ["new.txt"] });
    expect(seen).toContain("+more");
    expect(seen).toContain("+new");
  });

  test("that swaps a folder for a link while it is read never shows what the link leads to", async () => {
    const { sh, workspaces } = await newWork();
    await sh("mkdir swap; echo inside > swap/secret.txt");
    const swapping = sh('for i in $(seq 1 400); do mv swap kept; ln -s "$OUT" swap; rm swap; mv kept swap; done');
    let isOver = false;
    void swapping.finally(() => {
      isOver = true;
    });
    const seen = new Set<string>();
    while (!isOver) {
      const found = await workspaces.read(agent, "swap/secret.txt").catch(() => undefined);
      if (found) seen.add(Buffer.from(found.bytes).toString());
      await workspaces.list(agent, "swap").catch(() => undefined);
    }
    await swapping;
    expect([...seen].filter((text) => text !== "inside\n")).toEqual([]);
  });

  test("whose index hides a change shows it", async () => {
    const { sh, workspaces } = await newWork();
    await sh("git update-index --assume-unchanged a.txt; echo more >> a.txt");
    expect(await workspaces.status(agent)).toEqual([{ path: "a.txt", change: "modified" }]);
  });

  test("shows committed work against the branch that it began on", async () => {
    const { sh, workspaces } = await newWork();
    await sh("git branch -m main; git checkout -q -b parley/coder; echo done >> a.txt; git commit -qam done");
    expect((await workspaces.diff(agent))?.text).toContain("+done");
    expect(await workspaces.status(agent)).toEqual([]);
  });
});
