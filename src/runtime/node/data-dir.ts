import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Creates the data folder, accessible to this user only, and returns its path. */
export async function openDataDir(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return dataDir;
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

/** File in which other commands find the running server. */
export async function writeRunFile(dataDir: string, run: { url: string; pid: number }): Promise<() => Promise<void>> {
  const path = join(dataDir, "run.json");
  await writePrivate(path, `${JSON.stringify(run)}\n`);
  return () => rm(path, { force: true });
}
