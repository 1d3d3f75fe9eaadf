import { randomUUID } from "node:crypto";
import type { Blobs } from "../../src/ports/blobs.js";
import type { Broadcast } from "../../src/ports/broadcast.js";
import type { Clock } from "../../src/ports/clock.js";
import type { EventLog } from "../../src/ports/event-log.js";
import type { Snapshots } from "../../src/ports/snapshots.js";
import { createPostgresBlobs } from "./blobs.js";
import { connectionOf, createDatabase, type Database, type DatabaseOptions } from "./database.js";
import { durabilityAdvice } from "./durability.js";
import { createPostgresEventLog } from "./event-log.js";
import { takeSchemaAlone } from "./hold.js";
import { migrate, requireFormat } from "./migrations.js";
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
 * `serve`: one of many processes. `fill`: alone, to be written to. `read`: alone, and nothing is changed, so that its tables must be there.
 */
export type PostgresUse = "serve" | "fill" | "read";

/** `use`: default `serve`. */
export interface PostgresOptions extends Omit<DatabaseOptions, "shares"> {
  clock: Clock;
  use?: PostgresUse;
}

/**
 * Opens the database for this process and brings its tables up to this version, unless it is only to `read`. Rejects with a `PortError`: `refused` where the
 * address, the user or the database's format does not fit, `in-use` if other processes prevent `use`, `unavailable` or `timeout` if it does not answer.
 */
export async function openPostgres(options: PostgresOptions): Promise<Postgres> {
  const { clock, logger, use = "serve" } = options;
  const database = createDatabase({ ...options, shares: use === "serve" });
  let letGo = async () => {};
  try {
    if (use !== "serve") letGo = await takeAlone(database, options);
    if (use === "read") await requireFormat(database);
    else await migrate(database);
    const advice = await durabilityAdvice(database.run);
    if (advice.length > 0) logger.warn({}, `PostgreSQL works, but ${advice.join("; ")}`);
  } catch (error) {
    await database.close();
    await letGo();
    throw error;
  }
  const eventLog = createPostgresEventLog({ database, clock, logger, instance: randomUUID() });
  async function close(): Promise<void> {
    await eventLog.close();
    await database.close();
    await letGo();
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

/** Where the hold is lost, others may come in: nothing more is read or written here. */
async function takeAlone(database: Database, options: PostgresOptions): Promise<() => Promise<void>> {
  const { release } = await takeSchemaAlone({
    connection: connectionOf(options),
    schema: options.schema,
    onLost: () => void database.close(),
  });
  return release;
}
