import { join, resolve } from "node:path";
import type { EventLog } from "../../src/ports/event-log.js";
import type { Logger } from "../../src/ports/logger.js";
import type { Snapshots } from "../../src/ports/snapshots.js";
import { type Environment, openEnvironment } from "./environment.js";
import { createLmdbEventLog, type LmdbEventLog } from "./event-log.js";
import { createGroupWriter, type GroupWriter } from "./group-writer.js";
import { closedJournals, healthOfJournals, type Journals, journalPrefix, splitLog } from "./journals.js";
import { checkLayout } from "./layout.js";
import { inUse, releaseOwnership, takeOwnership } from "./owner.js";
import { createReservedSpace } from "./reserved-space.js";
import { createLmdbSnapshots } from "./snapshots.js";
import { toStorageError } from "./storage-error.js";

export interface Lmdb {
  eventLog: EventLog;
  snapshots: Snapshots;
  /** Absent where agents' journals have no environment of their own. */
  journals?: Journals;
  /** Lets appends under way end, ends tails, and lets the next process in. Idempotent. */
  close(): Promise<void>;
}

/** Agents' journals in an environment of their own. */
export interface JournalsOptions {
  /** Bytes that their data may take; what would take more is refused (`full`). Default: only the disk limits it. */
  maxBytes?: number;
  /** How names of streams begin that are journals. Default `agent/`. */
  prefix?: string;
}

/** `journals`: they get an environment of their own, in the folder `journals` of `dir`. Absent: they are where everything is. */
export interface LmdbOptions {
  dir: string;
  log: Logger;
  journals?: JournalsOptions;
}

/** The folder of the journals' environment, in that of the rooms'. */
export const journalsFolder = "journals";

/**
 * Opens, or makes, the log and the snapshots in `dir`, for this process alone.
 * Rejects with a `PortError`: `in-use` while another process has it, `full` when there is no space, `corrupt` when it cannot be read. Where only
 * the journals cannot be opened, the rest is: `journals.check` says why.
 */
export async function openLmdb({ dir: given, log, journals }: LmdbOptions): Promise<Lmdb> {
  const dir = resolve(given);
  const main = await openPart({ dir, log });
  try {
    const snapshots = await createLmdbSnapshots(main.environment, main.writer);
    if (journals === undefined) return once({ eventLog: main.eventLog, snapshots, close: main.close });
    const { close, ...split } = await openJournals(main.eventLog, { ...journals, dir: join(dir, journalsFolder), log });
    const closeBoth = () => close().finally(main.close);
    return once({ ...split, snapshots, close: closeBoth });
  } catch (error) {
    await main.close();
    throw await toStorageError(error, dir);
  }
}

async function openJournals(
  rooms: LmdbEventLog,
  { dir, log, maxBytes, prefix = journalPrefix }: JournalsOptions & { dir: string; log: Logger },
): Promise<Omit<Lmdb, "snapshots">> {
  try {
    const part = await openPart({ dir, log, older: rooms, maxBytes });
    const { eventLog, usedBytes, close } = part;
    const journals = healthOfJournals({ eventLog, usedBytes, maxBytes });
    return { eventLog: splitLog({ rooms, journals: eventLog, prefix }), journals, close };
  } catch (thrown) {
    const error = await toStorageError(thrown, dir);
    if (error.code === "in-use") throw error;
    log.error({ dir, err: error }, "the journals of agents cannot be opened; rooms go on without them");
    const eventLog = closedJournals(error);
    return { eventLog: splitLog({ rooms, journals: eventLog, prefix }), journals: eventLog, close: async () => {} };
  }
}

function once<Opened extends Pick<Lmdb, "close">>(opened: Opened): Opened {
  let closing: Promise<void> | undefined;
  return {
    ...opened,
    close() {
      closing ??= opened.close();
      return closing;
    },
  };
}

/** Folders open in this process: LMDB's manual forbids opening one twice, and lmdb-js would share it without a word. */
const openHere = new Set<string>();

/** One environment, and the log in it. */
interface Part {
  environment: Environment;
  writer: GroupWriter;
  eventLog: LmdbEventLog;
  usedBytes(): number;
  close(): Promise<void>;
}

interface PartOptions {
  dir: string;
  log: Logger;
  older?: LmdbEventLog;
  maxBytes?: number | undefined;
}

async function openPart(options: PartOptions): Promise<Part> {
  const { dir } = options;
  if (openHere.has(dir)) throw inUse(dir, process);
  openHere.add(dir);
  try {
    return await openIn(openEnvironment(dir), options);
  } catch (error) {
    openHere.delete(dir);
    throw await toStorageError(error, dir);
  }
}

async function openIn(environment: Environment, { log, older, maxBytes }: PartOptions): Promise<Part> {
  try {
    checkLayout(environment);
    const epoch = takeOwnership(environment);
    const space = createReservedSpace(environment, maxBytes === undefined ? {} : { maxBytes });
    const writer = createGroupWriter({ environment, space, epoch, log });
    const eventLog = await createLmdbEventLog(environment, writer, older);
    const close = async () => {
      await writer.close();
      eventLog.close();
      await releaseOwnership(environment, epoch);
      await environment.root.close();
      openHere.delete(environment.dir);
    };
    return { environment, writer, eventLog, usedBytes: space.usedBytes, close };
  } catch (error) {
    await environment.root.close();
    throw error;
  }
}
