import { randomUUID } from "node:crypto";
import type { Blobs } from "../../src/ports/blobs.js";
import type { Broadcast } from "../../src/ports/broadcast.js";
import type { Clock } from "../../src/ports/clock.js";
import type { EventLog } from "../../src/ports/event-log.js";
import type { Snapshots } from "../../src/ports/snapshots.js";
import { createPostgresBlobs } from "./blobs.js";
import { createDatabase, type DatabaseOptions } from "./database.js";
import { durabilityAdvice } from "./durability.js";
import { createPostgresEventLog } from "./event-log.js";
import { migrate } from "./migrations.js";
import { createPostgresSnapshots } from "./snapshots.js";

/** Log, snapshots and files in one database. */
export interface Postgres {
  eventLog: EventLog;
  snapshots: Snapshots;
  blobs: Blobs;
  /** Processes tell each other through it which streams moved; without it they look ten times a second. */
  hear(broadcast: Broadcast): void;
  /** Lets appends under way end, and ends tails and connections. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the database for this process, as one of many, and brings its tables up to this version. Rejects with a `PortError`: `refused` where the address, the user
 * or the database's format does not fit, `unavailable` or `timeout` where it does not answer.
 */
export async function openPostgres(options: DatabaseOptions & { clock: Clock }): Promise<Postgres> {
  const { clock, logger } = options;
  const database = createDatabase(options);
  try {
    await migrate(database);
    const advice = await durabilityAdvice(database.run);
    if (advice.length > 0) logger.warn({}, `PostgreSQL works, but ${advice.join("; ")}`);
  } catch (error) {
    await database.close();
    throw error;
  }
  const eventLog = createPostgresEventLog({ database, clock, logger, instance: randomUUID() });
  async function close(): Promise<void> {
    await eventLog.close();
    await database.close();
  }
  let closing: Promise<void> | undefined;
  return {
    eventLog,
    snapshots: createPostgresSnapshots(database),
    blobs: createPostgresBlobs({ database, clock }),
    hear: eventLog.hear,
    close() {
      closing ??= close();
      return closing;
    },
  };
}
