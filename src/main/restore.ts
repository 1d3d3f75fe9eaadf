import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RestoreRequest, RestoreResult } from "../cli/surroundings.js";
import { knownFormat } from "../core/room/format.js";
import { PortError } from "../ports/port-error.js";
import {
  type BackupManifest,
  copyHashed,
  readCopy,
  readManifest,
  refusedBackup,
  syncFolder,
  warningsTo,
} from "./backup-manifest.js";

/**
 * Makes a data folder of a backup. Every file is compared with its hash while it is copied, and the log is read to its end, before the folder gets its name.
 * Rejects with a `PortError`, or with the signal's reason; then nothing is left. The backup is not changed.
 */
export async function restore({ from, dataDir, signal, ...told }: RestoreRequest): Promise<RestoreResult> {
  const manifest = await readManifest(from);
  refuseLater(manifest);
  const inTheWay = await readdir(dataDir).catch(() => []);
  if (inTheWay.length > 0)
    throw refusedBackup(
      `The folder ${dataDir} is not empty. Stop the server that uses it and move it away, or name another one with --data-dir.`,
    );
  const draft = `${dataDir}.unfinished`;
  await rm(draft, { recursive: true, force: true });
  try {
    await copyAll(manifest, { from, draft, signal, ...told });
    await checkCopy(manifest, { draft, signal, ...told });
    if (existsSync(dataDir)) await rmdir(dataDir);
    await rename(draft, dataDir);
    await syncFolder(dirname(dataDir));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  const { contents, log, format, madeAtMs, parley } = manifest;
  const files = Object.keys(contents).filter((path) => path.startsWith("files/")).length;
  return { dataDir, format, ...log, files, madeAtMs, parley };
}

interface Restoring extends Pick<RestoreRequest, "signal" | "onProgress" | "onWarning"> {
  draft: string;
}

async function copyAll(
  { contents }: BackupManifest,
  { from, draft, signal, onProgress }: Restoring & { from: string },
): Promise<void> {
  await mkdir(draft, { recursive: true, mode: 0o700 });
  await chmod(draft, 0o700);
  let done = 0;
  for (const [path, expected] of Object.entries(contents)) {
    signal.throwIfAborted();
    const sha256 = await copyHashed(join(from, path), join(draft, path)).catch(missing(path, from));
    if (sha256 !== expected) throw damaged(`${path} in ${from} is not as it was when the backup was made`);
    onProgress({ files: ++done });
  }
}

async function checkCopy(manifest: BackupManifest, { draft, signal, onWarning }: Restoring): Promise<void> {
  const hasJournals = manifest.contents["journals/data.mdb"] !== undefined;
  const { log } = await readCopy(draft, { hasJournals, logger: warningsTo(onWarning), signal });
  if (log.sha256 !== manifest.log.sha256) throw damaged(`the rooms in the copy are not those of the backup`);
}

function refuseLater({ format, parley }: BackupManifest): void {
  if (format <= knownFormat) return;
  throw refusedBackup(
    `This backup was made by Parley ${parley} and has format ${format} of the log; this version knows formats up to ${knownFormat}. Install that version, or a later one, and restore with it.`,
  );
}

function missing(path: string, from: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error.code === "ENOENT") throw damaged(`${path} is missing in ${from}`);
    throw error;
  };
}

function damaged(why: string): PortError {
  return new PortError(`The backup is damaged: ${why}. Nothing was changed. Take another backup.`, {
    code: "corrupt",
    retryable: false,
  });
}
