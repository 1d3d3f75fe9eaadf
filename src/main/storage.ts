import { openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import type { Config } from "../config.js";
import type { EventLog } from "../ports/event-log.js";
import type { Logger } from "../ports/logger.js";
import { PortError } from "../ports/port-error.js";
import type { Snapshots } from "../ports/snapshots.js";

/** Where the truth is, and what saves the time of reading it again. */
export interface Storage {
  eventLog: EventLog;
  snapshots: Snapshots;
  close(): Promise<void>;
}

export interface StorageOptions {
  config: Config;
  dataDir: string;
  logger: Logger;
}

export type OpenStorage = (options: StorageOptions) => Promise<Storage>;

/** One process: everything is in its data folder. */
export const openStorage: OpenStorage = async ({ config, dataDir, logger }) => {
  if (config.durableStreamsUrl === undefined) return openLmdb({ dir: dataDir, log: logger });
  throw new PortError("this build cannot use a stream server. Unset DURABLE_STREAMS_URL; nothing was changed.", {
    code: "refused",
    retryable: false,
  });
};
