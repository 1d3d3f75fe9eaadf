import { join } from "node:path";
import { createFileBlobs } from "../../adapters/files/blobs.js";
import { openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import type { Config } from "../config.js";
import type { Blobs } from "../ports/blobs.js";
import type { Clock } from "../ports/clock.js";
import type { EventLog } from "../ports/event-log.js";
import type { Logger } from "../ports/logger.js";
import type { Snapshots } from "../ports/snapshots.js";
import { checkFormat } from "../runtime/rooms/format.js";

/** Where the truth is, and what saves the time of reading it again. */
export interface Storage {
  eventLog: EventLog;
  snapshots: Snapshots;
  /** Attachments of people. */
  blobs: Blobs;
  close(): Promise<void>;
}

interface StorageOptions {
  config: Config;
  dataDir: string;
  clock: Clock;
  logger: Logger;
}

/**
 * One process: everything is in its data folder. Many: the log and files are on the stream server, and the folder holds copies and the snapshots. Rejects with
 * a `PortError` where a later version wrote what this one cannot read.
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const storage = await openParts(options);
  try {
    await checkFormat(storage.eventLog);
    return storage;
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function openParts({ config, dataDir, clock, logger }: StorageOptions): Promise<Storage> {
  const lmdb = await openLmdb({ dir: dataDir, log: logger });
  const files = createFileBlobs({ dir: join(dataDir, "files") });
  if (config.durableStreamsUrl === undefined) return { ...lmdb, blobs: files };
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
    close: async () => {
      await blobs.close();
      await eventLog.close();
      await lmdb.close();
    },
  };
}
