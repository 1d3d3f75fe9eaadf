import { resolve } from "node:path";
import type { EventLog } from "../../src/ports/event-log.js";
import type { Logger } from "../../src/ports/logger.js";
import type { Snapshots } from "../../src/ports/snapshots.js";
import { type Environment, openEnvironment } from "./environment.js";
import { createLmdbEventLog } from "./event-log.js";
import { createGroupWriter } from "./group-writer.js";
import { checkLayout } from "./layout.js";
import { inUse, releaseOwnership, takeOwnership } from "./owner.js";
import { createReservedSpace } from "./reserved-space.js";
import { createLmdbSnapshots } from "./snapshots.js";
import { toStorageError } from "./storage-error.js";

export interface Lmdb {
  eventLog: EventLog;
  snapshots: Snapshots;
  /** Lets appends under way end, ends tails, and lets the next process in. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens, or makes, the log and the snapshots in `dir`, for this process alone.
 * Rejects with a `PortError`: `in-use` while another process has it, `full` when there is no space, `corrupt` when it can not be read.
 */
export async function openLmdb(options: { dir: string; log: Logger }): Promise<Lmdb> {
  const dir = resolve(options.dir);
  if (openHere.has(dir)) throw inUse(dir, process);
  openHere.add(dir);
  try {
    return await open({ ...options, dir });
  } catch (error) {
    openHere.delete(dir);
    throw await toStorageError(error, dir);
  }
}

/** Folders open in this process: LMDB's manual forbids opening one twice, and lmdb-js would share it without a word. */
const openHere = new Set<string>();

async function open({ dir, log }: { dir: string; log: Logger }): Promise<Lmdb> {
  const environment = openEnvironment(dir);
  try {
    checkLayout(environment);
    return await openParts(environment, log);
  } catch (error) {
    await environment.root.close();
    throw error;
  }
}

async function openParts(environment: Environment, log: Logger): Promise<Lmdb> {
  const epoch = takeOwnership(environment);
  const space = createReservedSpace(environment);
  const writer = createGroupWriter({ environment, space, epoch, log });
  const eventLog = await createLmdbEventLog(environment, writer);
  const snapshots = await createLmdbSnapshots(environment, writer);

  async function close(): Promise<void> {
    await writer.close();
    eventLog.close();
    await releaseOwnership(environment, epoch);
    await environment.root.close();
    openHere.delete(environment.dir);
  }

  let closing: Promise<void> | undefined;
  return {
    eventLog,
    snapshots,
    close() {
      closing ??= close();
      return closing;
    },
  };
}
