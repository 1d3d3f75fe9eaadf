import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createFileBlobs } from "../../adapters/files/blobs.js";
import { journalsFolder, openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import { createRandomIds } from "../../adapters/memory/ids.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import type { MoveRequest, MoveResult } from "../cli/surroundings.js";
import { type LogConfig, parseLogConfig } from "../config.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import { PortError } from "../ports/port-error.js";
import { openDataDir } from "../runtime/node/data-dir.js";
import { type MovePlace, moveLog } from "../runtime/node/move-log.js";
import { warningsTo } from "./backup-manifest.js";

interface OpenPlace extends MovePlace {
  close(): Promise<void>;
}

interface Ground {
  config: LogConfig;
  clock: Clock;
  logger: Logger;
}

/** Which of the two places is opened: nothing is changed in the one that is copied from. */
type Side = "from" | "to";

/**
 * Moves a log between the places a person named: a data folder, or the name of the setting that has an address. Nothing is opened unless both names can be used.
 * Rejects with a `PortError`, or with the signal's reason.
 */
export async function moveBetween(request: MoveRequest): Promise<MoveResult> {
  const parsed = parseLogConfig(request.env);
  if (!parsed.ok) throw refused(parsed.problems.join(" "));
  const clock = createSystemClock();
  const ground: Ground = { config: parsed.config, clock, logger: warningsTo(request.onWarning) };
  const [fromPlace, toPlace] = [placeOf(request.from, request.cwd), placeOf(request.to, request.cwd)];
  const openFrom = openerOf(fromPlace, { side: "from", ...ground });
  const openTo = openerOf(toPlace, { side: "to", ...ground });
  if (fromPlace === toPlace) throw refused("--from and --to name the same place.");
  const from = await openFrom();
  try {
    const to = await openTo();
    try {
      const { signal, onProgress } = request;
      return await moveLog({ from, to, clock, ids: createRandomIds(), signal, onProgress });
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

/** A setting or an address as it is, a folder with its whole path. */
const placeOf = (place: string, cwd: string) =>
  Object.hasOwn(settingOpeners, place) || place.includes("://") ? place : resolve(cwd, place);

const settingOpeners = { DATABASE_URL: openerOfDatabase, DURABLE_STREAMS_URL: openerOfStreams } as const;

function openerOf(place: string, options: Ground & { side: Side }): () => Promise<OpenPlace> {
  if (place === "DATABASE_URL" || place === "DURABLE_STREAMS_URL") return settingOpeners[place](options);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(place)?.[1];
  if (scheme === undefined) return () => openFolder(place, options);
  const key = scheme.startsWith("http") ? "DURABLE_STREAMS_URL" : "DATABASE_URL";
  throw refused(
    `Put that address in ${key} and write --${options.side} ${key}: what is typed here, a password in it too, is seen by every user of the machine.`,
  );
}

async function openFolder(dir: string, { side, logger }: Ground & { side: Side }): Promise<OpenPlace> {
  if (side === "to") await openDataDir(dir);
  else if (!existsSync(join(dir, "data.mdb"))) throw refused(`The folder ${dir} holds no data of Parley's.`);
  // A folder that an earlier version left has no journals of their own, and nothing is added where it is copied from.
  const hasJournals = side === "to" || existsSync(join(dir, journalsFolder));
  const { eventLog, close } = await openLmdb({ dir, log: logger, ...(hasJournals && { journals: {} }) });
  return { name: `the data folder ${dir}`, eventLog, blobs: createFileBlobs({ dir: join(dir, "files") }), close };
}

function openerOfDatabase({ config, side, clock, logger }: Ground & { side: Side }): () => Promise<OpenPlace> {
  const { databaseUrl: url, databaseSchema: schema } = config;
  if (url === undefined) throw refused(`--${side} DATABASE_URL needs that setting, and it is unset.`);
  return async () => {
    const { openPostgres } = await import("../../adapters/postgres/open-postgres.js");
    const opened = await openPostgres({ url, schema, clock, logger, use: side === "to" ? "fill" : "read" });
    return { name: `the schema ${schema} of the database`, ...opened };
  };
}

function openerOfStreams({ config, side, ...ground }: Ground & { side: Side }): () => Promise<OpenPlace> {
  const { durableStreamsUrl: url, durableStreamsToken: token, durableStreamsPrefix: prefix } = config;
  if (side === "to") throw refused("A log can be moved from a stream server, not to one: it cannot say who uses it.");
  if (url === undefined) throw refused("--from DURABLE_STREAMS_URL needs that setting, and it is unset.");
  return () => openStreams({ url, token, prefix }, ground);
}

/** Copies of the streams and files lie in a temporary folder that goes with `close`. */
async function openStreams(
  server: { url: string; token: string | undefined; prefix: string },
  { clock, logger }: Omit<Ground, "config">,
): Promise<OpenPlace> {
  const { createDurableStreamsEventLog } = await import("../../adapters/durable-streams/event-log.js");
  const { createStreamBlobs } = await import("../../adapters/durable-streams/blobs.js");
  const dir = await mkdtemp(join(tmpdir(), "parley-move-"));
  const removeDir = () => rm(dir, { recursive: true, force: true });
  const opened = createDurableStreamsEventLog({ ...server, dir: join(dir, "streams"), clock, logger });
  const eventLog = await opened.catch(async (error: unknown) => {
    await removeDir();
    throw error;
  });
  const blobs = createStreamBlobs({ ...server, cache: createFileBlobs({ dir: join(dir, "files") }) });
  return {
    name: "the stream server",
    eventLog,
    blobs,
    async close() {
      await blobs.close();
      await eventLog.close();
      await removeDir();
    },
  };
}

function refused(why: string): PortError {
  return new PortError(`${why} Nothing was changed.`, { code: "refused", retryable: false });
}
