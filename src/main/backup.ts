import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { copyEnvironment } from "../../adapters/lmdb/copy-environment.js";
import type { BackupRequest, BackupResult } from "../cli/surroundings.js";
import {
  attachedFilesIn,
  type BackupManifest,
  copyHashed,
  hashOfFile,
  journalsIn,
  keptFiles,
  manifestName,
  readCopy,
  refusedBackup,
  syncFolder,
  warningsTo,
} from "./backup-manifest.js";
import { packageVersion } from "./package-files.js";

/**
 * Copies a data folder into a new folder while a server uses it: the rooms as they are at one moment, then the journals, then the attached files, which are
 * stored before a message names them. All of the copy is read again before it gets its name. Rejects with a `PortError`, or with the signal's reason; then nothing is left.
 */
export async function backUp({ dataDir, to, env, signal, ...told }: BackupRequest): Promise<BackupResult> {
  refuseOtherLogs(env);
  if (!existsSync(join(dataDir, "data.mdb"))) throw refusedBackup(`The folder ${dataDir} holds no data of Parley's.`);
  if (existsSync(to)) throw refusedBackup(`${to} is there already. Name a folder that does not exist.`);
  const draft = `${to}.unfinished`;
  await rm(draft, { recursive: true, force: true });
  try {
    const copied = await copyFolder(dataDir, draft, { signal, ...told });
    await writeFile(join(draft, manifestName), `${JSON.stringify(copied.manifest)}\n`, { mode: 0o600, flush: true });
    await syncFolder(draft);
    await rename(draft, to);
    await syncFolder(dirname(to));
    return resultOf(to, copied);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** A finished copy, and attached files whose bytes do not have the hash that names them. */
interface Copied {
  manifest: BackupManifest;
  damagedFiles: string[];
}

async function copyFolder(
  dataDir: string,
  draft: string,
  { signal, nowMs, onProgress, onWarning }: Pick<BackupRequest, "signal" | "nowMs" | "onProgress" | "onWarning">,
): Promise<Copied> {
  await mkdir(dirname(draft), { recursive: true });
  await copyEnvironment(dataDir, draft);
  signal.throwIfAborted();
  const hasJournals = existsSync(join(journalsIn(dataDir), "data.mdb"));
  if (hasJournals) await copyEnvironment(journalsIn(dataDir), journalsIn(draft));
  const { contents, damagedFiles } = await copyFiles(dataDir, draft, { signal, onProgress });
  const read = await readCopy(draft, { hasJournals, logger: warningsTo(onWarning), signal });
  for (const dir of hasJournals ? [draft, journalsIn(draft)] : [draft])
    await rm(join(dir, "lock.mdb"), { force: true });
  const logs = ["data.mdb", ...(hasJournals ? ["journals/data.mdb"] : [])];
  for (const path of logs) contents[path] = await hashOfFile(join(draft, path));
  return { manifest: { backup: 1, parley: await packageVersion(), madeAtMs: nowMs, ...read, contents }, damagedFiles };
}

async function copyFiles(
  dataDir: string,
  draft: string,
  { signal, onProgress }: Pick<BackupRequest, "signal" | "onProgress">,
): Promise<{ contents: Record<string, string>; damagedFiles: string[] }> {
  const contents: Record<string, string> = {};
  const damagedFiles: string[] = [];
  let done = 0;
  for (const path of keptFiles)
    if (existsSync(join(dataDir, path))) contents[path] = await copyHashed(join(dataDir, path), join(draft, path));
  for await (const name of attachedFilesIn(dataDir)) {
    signal.throwIfAborted();
    const path = `files/${name.slice(0, 2)}/${name}`;
    const sha256 = await copyHashed(join(dataDir, path), join(draft, path)).catch(ignoreIfCollected);
    if (sha256 === undefined) continue;
    contents[path] = sha256;
    if (sha256 !== name) damagedFiles.push(name);
    onProgress({ files: ++done });
  }
  return { contents, damagedFiles };
}

/** No log named it any more, so the server removed it meanwhile. */
function ignoreIfCollected(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

function resultOf(to: string, { manifest, damagedFiles }: Copied): BackupResult {
  const files = Object.keys(manifest.contents).filter((path) => path.startsWith("files/")).length;
  return { to, format: manifest.format, ...manifest.log, files, damagedFiles };
}

/** Rooms that are elsewhere are not in the data folder. */
function refuseOtherLogs(env: BackupRequest["env"]): void {
  if (env.DATABASE_URL)
    throw refusedBackup(
      `The rooms are in PostgreSQL, which is backed up with its own tools, also while Parley runs: pg_dump --schema=${env.DATABASE_SCHEMA || "parley"} --file=rooms.sql "$DATABASE_URL".`,
    );
  if (env.DURABLE_STREAMS_URL)
    throw refusedBackup(
      "The rooms are on a stream server: stop it and copy its folder, or move them with parley move-log.",
    );
}
