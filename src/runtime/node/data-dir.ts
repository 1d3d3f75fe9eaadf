import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PortError } from "../../ports/port-error.js";

/**
 * Creates the data folder and returns its path. The folder (0700) and what lies directly in it (0700 and 0600) are for this user only,
 * whatever their rights were before, and so is every file this process makes from then on (umask 077). Rejects with a `PortError`
 * (`refused`) where other users could still read it.
 */
export async function openDataDir(dataDir: string): Promise<string> {
  process.umask(0o077);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await makePrivate(dataDir, 0o700);
  for (const entry of await readdir(dataDir, { withFileTypes: true })) {
    if (entry.isDirectory()) await makePrivate(join(dataDir, entry.name), 0o700);
    else if (entry.isFile()) await makePrivate(join(dataDir, entry.name), 0o600);
  }
  return dataDir;
}

/** A file system without rights takes `chmod` and ignores it, so the rights are read again. */
async function makePrivate(path: string, mode: number): Promise<void> {
  if (!isOpenToOthers(await stat(path))) return;
  const failure = await chmod(path, mode).then(() => undefined, reasonOf);
  if (failure === undefined && !isOpenToOthers(await stat(path))) return;
  const why = failure ?? "its file system keeps no rights";
  const text = `other users of this machine can read ${path}, and this cannot be changed (${why}). Nothing was started. Give the folder to this user, or set PARLEY_DATA_DIR to a folder of this user alone.`;
  throw new PortError(text, { code: "refused", retryable: false });
}

function isOpenToOthers({ mode }: { mode: number }): boolean {
  return (mode & 0o077) !== 0;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Reads the secret of the data folder, creating it once. Readable by this user only. */
export async function keptSecret(dataDir: string, name: string): Promise<string> {
  const path = join(dataDir, name);
  const known = await readFile(path, "utf8").catch(() => "");
  if (known.trim() !== "") return known.trim();
  const fresh = randomBytes(32).toString("base64url");
  await writePrivate(path, `${fresh}\n`);
  return fresh;
}

/** Replaces a file atomically; readable by this user only. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, path);
}

/** The file that says where a server runs; gone when it stops. */
export interface RunFile {
  remove(): Promise<void>;
  /** For a process that ends at once. */
  removeNow(): void;
}

/** File in which other commands find the running server. */
export async function writeRunFile(dataDir: string, run: { url: string; pid: number }): Promise<RunFile> {
  const path = join(dataDir, "run.json");
  await writePrivate(path, `${JSON.stringify(run)}\n`);
  return { remove: () => rm(path, { force: true }), removeNow: () => rmSync(path, { force: true }) };
}
