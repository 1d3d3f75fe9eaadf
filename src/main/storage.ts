import { join } from "node:path";
import { createFileBlobs } from "../../adapters/files/blobs.js";
import { type Lmdb, openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import type { Config } from "../config.js";
import type { Blobs } from "../ports/blobs.js";
import type { Broadcast } from "../ports/broadcast.js";
import type { Clock } from "../ports/clock.js";
import type { EventLog } from "../ports/event-log.js";
import type { Health } from "../ports/health.js";
import type { Logger } from "../ports/logger.js";
import type { Snapshots } from "../ports/snapshots.js";
import { checkFormat } from "../runtime/rooms/format.js";
import { refuseHalfMoved } from "../runtime/rooms/move-marker.js";

/** Where the truth is, and what saves the time of reading it again. */
export interface Storage {
  eventLog: EventLog;
  snapshots: Snapshots;
  /** Attachments of people. */
  blobs: Blobs;
  /** How further parts of it are, for health, by name. */
  checks: Readonly<Record<string, () => Promise<Health>>>;
  /** Where processes share a log: they tell each other through it what moved. */
  hear?(broadcast: Broadcast): void;
  close(): Promise<void>;
}

interface StorageOptions {
  config: Config;
  dataDir: string;
  clock: Clock;
  logger: Logger;
}

/**
 * One process: everything is in its data folder. DATABASE_URL: everything is in PostgreSQL. DURABLE_STREAMS_URL: the log and files are on the stream server, and the
 * folder holds copies and the snapshots. The folder is this process's own in every case. Rejects with a `PortError` where a later version wrote what this one cannot
 * read, or where the log is an unfinished copy of another.
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const storage = await openParts(options);
  try {
    await checkFormat(storage.eventLog);
    await refuseHalfMoved(storage.eventLog);
    return storage;
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function openParts(options: StorageOptions): Promise<Storage> {
  const { config, dataDir, clock, logger } = options;
  const files = createFileBlobs({ dir: join(dataDir, "files") });
  const openLocal = () => openLmdb({ dir: dataDir, log: logger });
  if (config.databaseUrl !== undefined)
    return openDatabase(options, { url: config.databaseUrl, lmdb: await openLocal() });
  if (config.durableStreamsUrl === undefined)
    return openFolderLog({ dataDir, files, maxJournalsMb: config.maxJournalsMb, logger });
  const lmdb = await openLocal();
  const { createDurableStreamsEventLog } = await import("../../adapters/durable-streams/event-log.js");
  const { createStreamBlobs } = await import("../../adapters/durable-streams/blobs.js");
  const server = {
    url: config.durableStreamsUrl,
    token: config.durableStreamsToken,
    prefix: config.durableStreamsPrefix,
  };
  const eventLog = await createDurableStreamsEventLog({ ...server, dir: join(dataDir, "streams"), clock, logger });
  const blobs = createStreamBlobs({ ...server, cache: files });
  return {
    eventLog,
    snapshots: lmdb.snapshots,
    blobs,
    checks: {},
    close: async () => {
      await blobs.close();
      await eventLog.close();
      await lmdb.close();
    },
  };
}

/** Rooms and journals in two environments of the data folder. */
async function openFolderLog(options: {
  dataDir: string;
  files: Blobs;
  maxJournalsMb: number;
  logger: Logger;
}): Promise<Storage> {
  const { dataDir, files, maxJournalsMb, logger } = options;
  const maxBytes = maxJournalsMb * 1_024 * 1_024;
  const { journals, ...lmdb } = await openLmdb({ dir: dataDir, log: logger, journals: { maxBytes } });
  return { ...lmdb, blobs: files, checks: journals ? { journals: journals.check } : {} };
}

/** The data folder's own log stays open, so that no second process uses the folder; its rooms are not served. */
async function openDatabase(
  { config, clock, logger }: StorageOptions,
  { url, lmdb }: { url: string; lmdb: Lmdb },
): Promise<Storage> {
  try {
    const { openPostgres } = await import("../../adapters/postgres/open-postgres.js");
    const postgres = await openPostgres({ url, schema: config.databaseSchema, clock, logger });
    const left = (await lmdb.eventLog.streams("room/")).length;
    if (left > 0) logger.warn({ rooms: left }, "rooms in the data folder are not served: DATABASE_URL is set");
    return {
      ...postgres,
      checks: {},
      close: async () => {
        await postgres.close();
        await lmdb.close();
      },
    };
  } catch (error) {
    await lmdb.close();
    throw error;
  }
}
