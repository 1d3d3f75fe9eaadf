import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createFileBlobs } from "../../adapters/files/blobs.js";
import { journalsFolder, openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import type { Logger } from "../ports/logger.js";
import { PortError } from "../ports/port-error.js";
import { digestOfLog, type LogDigest } from "../runtime/node/copy-streams.js";
import { checkFormat, readFormat } from "../runtime/rooms/format.js";

/** Paths that a backup may hold: nothing of it lies outside its folder. */
const pathOfBackup = /^(data\.mdb|journals\/data\.mdb|secret|admin-token|demo-room|files\/[0-9a-f]{2}\/[0-9a-f]{64})$/;
const sha256Text = /^[0-9a-f]{64}$/;

/** The file of a backup that says what is in it. */
export interface BackupManifest {
  /** Of the form of this file. */
  backup: 1;
  /** Parley's version that made it. */
  parley: string;
  /** Unix ms. */
  madeAtMs: number;
  /** The number of the log's format. */
  format: number;
  log: LogDigest;
  /** SHA-256 of every file by its path in the backup. */
  contents: Record<string, string>;
}

/** Name of that file. */
export const manifestName = "backup.json";

/** Files beside the logs that an installation keeps. */
export const keptFiles = ["secret", "admin-token", "demo-room"] as const;

/** Reads what a backup says of itself. Throws a `PortError` (`refused`) where the folder is no backup that this version knows. */
export async function readManifest(dir: string): Promise<BackupManifest> {
  const text = await readFile(join(dir, manifestName), "utf8").catch(() => undefined);
  if (text === undefined) throw refusedBackup(`${dir} is not a backup: it has no ${manifestName}.`);
  const manifest = manifestOf(text);
  if (manifest) return manifest;
  throw refusedBackup(
    `${join(dir, manifestName)} cannot be read by this version of Parley. Restore it with the version that made it, or take another backup.`,
  );
}

function manifestOf(text: string): BackupManifest | undefined {
  const found = jsonOf(text) as Partial<BackupManifest> | null | undefined;
  const isWhole =
    found?.backup === 1 && typeof found.parley === "string" && Number.isFinite(found.madeAtMs) && isDigest(found.log);
  if (!isWhole || !Number.isInteger(found.format)) return undefined;
  const contents = Object.entries(found.contents ?? {});
  const isInside = contents.every(([path, sha256]) => pathOfBackup.test(path) && sha256Text.test(String(sha256)));
  return isInside && found.contents?.["data.mdb"] !== undefined ? (found as BackupManifest) : undefined;
}

function isDigest(log: unknown): boolean {
  const { streams, commits, unreadable, sha256 } = (log ?? {}) as Partial<LogDigest>;
  return [streams, commits, unreadable].every(Number.isInteger) && sha256Text.test(String(sha256));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Copies a file so that it is on the disk, for this user alone; resolves to the SHA-256 of what was copied. */
export async function copyHashed(from: string, to: string): Promise<string> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const hash = createHash("sha256");
  const hashing = async function* (bytes: AsyncIterable<Buffer>) {
    for await (const piece of bytes) {
      hash.update(piece);
      yield piece;
    }
  };
  await pipeline(createReadStream(from), hashing, createWriteStream(to, { flags: "wx", mode: 0o600, flush: true }));
  return hash.digest("hex");
}

/** SHA-256 of a file. */
export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Opens the copy of a log and reads all of it. Rejects with a `PortError`, also where a later version of Parley wrote it. */
export async function readCopy(
  dir: string,
  { hasJournals, logger, signal }: { hasJournals: boolean; logger: Logger; signal: AbortSignal },
): Promise<{ format: number; log: LogDigest }> {
  const { eventLog, close } = await openLmdb({ dir, log: logger, ...(hasJournals && { journals: {} }) });
  try {
    await checkFormat(eventLog);
    const format = await readFormat(eventLog);
    return { format, log: await digestOfLog({ name: `the copy ${dir}`, eventLog }, signal) };
  } finally {
    await close();
  }
}

/** Whether a folder has the journals of agents in an environment of their own. */
export const journalsIn = (dir: string): string => join(dir, journalsFolder);

/** Hashes of all attached files of a folder. */
export async function* attachedFilesIn(dir: string): AsyncGenerator<string> {
  const blobs = createFileBlobs({ dir: join(dir, "files") });
  for (let after = ""; ; ) {
    const page = await blobs.list({ after });
    for (const { sha256 } of page) yield sha256;
    const last = page.at(-1)?.sha256;
    if (last === undefined) return;
    after = last;
  }
}

/** A refusal in words, of which nothing is left. */
export function refusedBackup(why: string): PortError {
  return new PortError(`${why} Nothing was changed.`, { code: "refused", retryable: false });
}

/** Warnings of adapters, for people. */
export function warningsTo(say: (text: string) => void): Logger {
  const warn = (_fields: object, text: string) => say(text);
  return { debug: () => {}, info: () => {}, warn, error: warn };
}
