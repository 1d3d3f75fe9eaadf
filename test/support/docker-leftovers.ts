import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { removeWholly } from "../../adapters/docker/owned.js";

/**
 * Every installation a test makes on the Docker engine is recorded, so that leftovers can be found at the end of a run. A run is identified by the
 * process that began it.
 */
const runKey = "PARLEY_TEST_RUN";
const folderPrefix = "parley-test-run-";
const folderOf = (run: string): string => join(tmpdir(), `${folderPrefix}${run}`);

/** Outside a run of the tests (benchmarks, demos) leftovers are not checked. */
export function writeDownInstallation(installationId: string): void {
  const run = process.env[runKey];
  if (run === undefined) return;
  mkdirSync(folderOf(run), { recursive: true });
  writeFileSync(join(folderOf(run), installationId), "");
}

/** Removes the containers and volumes of an installation; gives their names. */
export async function removeInstallation(installationId: string): Promise<string[]> {
  const docker = new Docker();
  const filters = { label: [`dev.parley.installation=${installationId}`] };
  const removed: string[] = [];
  for (const { Id, Names } of await docker.listContainers({ all: true, filters })) {
    await docker.getContainer(Id).remove({ force: true });
    removed.push(Names[0] ?? Id);
  }
  // A process that a test killed may have been counting its volumes, or looking into them.
  for (const label of ["dev.parley.disk-usage", "dev.parley.workspaces"])
    for (const { Id } of await docker.listContainers({
      all: true,
      filters: { label: [`${label}=${installationId}`] },
    }))
      await removeWholly(docker.getContainer(Id));
  for (const { Name } of (await docker.listVolumes({ filters })).Volumes ?? []) {
    await docker.getVolume(Name).remove();
    removed.push(Name);
  }
  return removed;
}

async function removeRun(run: string): Promise<string[]> {
  const folder = folderOf(run);
  if (!existsSync(folder)) return [];
  const left: string[] = [];
  for (const installationId of readdirSync(folder)) left.push(...(await removeInstallation(installationId)));
  rmSync(folder, { recursive: true, force: true });
  return left;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Vitest's own, before a run, once for each of its projects: runs that were killed are tidied up after. */
export async function setup(): Promise<void> {
  process.env[runKey] = String(process.pid);
  const runs = readdirSync(tmpdir()).filter((name) => name.startsWith(folderPrefix));
  for (const run of runs.map((name) => name.slice(folderPrefix.length)))
    if (!isAlive(Number(run)) || run === String(process.pid)) await removeRun(run).catch(() => []);
}

/** And after it: a test that left something on the engine fails the run. */
export async function teardown(): Promise<void> {
  const left = await removeRun(String(process.pid));
  if (left.length === 0) return;
  // Vitest shows an error of its teardown and counts it for nothing.
  process.exitCode = 1;
  throw new Error(
    `Tests left ${left.length} containers and volumes on the Docker engine; they were removed: ${left.join(", ")}`,
  );
}
