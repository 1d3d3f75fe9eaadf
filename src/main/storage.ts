import { join } from "node:path";
import { openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import type { Config } from "../config.js";
import type { Clock } from "../ports/clock.js";
import type { EventLog } from "../ports/event-log.js";
import type { Logger } from "../ports/logger.js";
import type { Snapshots } from "../ports/snapshots.js";

/** Where the truth is, and what saves the time of reading it again. */
export interface Storage {
  eventLog: EventLog;
  snapshots: Snapshots;
  close(): Promise<void>;
}

interface StorageOptions {
  config: Config;
  dataDir: string;
  clock: Clock;
  logger: Logger;
}

/** One process: everything is in its data folder. Many: the log is on the stream server, and the folder holds a copy of it and the snapshots. */
export async function openStorage({ config, dataDir, clock, logger }: StorageOptions): Promise<Storage> {
  const lmdb = await openLmdb({ dir: dataDir, log: logger });
  if (config.durableStreamsUrl === undefined) return lmdb;
  const { createDurableStreamsEventLog } = await import("../../adapters/durable-streams/event-log.js");
  const eventLog = await createDurableStreamsEventLog({
    url: config.durableStreamsUrl,
    token: config.durableStreamsToken,
    prefix: config.durableStreamsPrefix,
    dir: join(dataDir, "streams"),
    clock,
    logger,
  });
  return {
    eventLog,
    snapshots: lmdb.snapshots,
    close: async () => {
      await eventLog.close();
      await lmdb.close();
    },
  };
}
