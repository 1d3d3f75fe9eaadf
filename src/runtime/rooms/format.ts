import type { Commit } from "../../core/room/commit.js";
import { firstFormat, formatMeanings, knownFormat } from "../../core/room/format.js";
import type { Rejection } from "../../core/room/rejection.js";
import type { Clock } from "../../ports/clock.js";
import type { Entry, EventLog } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import type { Nodes } from "../../ports/nodes.js";
import { PortError } from "../../ports/port-error.js";

/**
 * The stream that holds the number of the log's format, in commits of one event `format.raised {format, by}`. It is part of the log, so it is wherever the log is.
 * A log without it has number 1. The number never sinks.
 */
export const formatStream = "format";

const maxRaiseTries = 10;

/** Raises the number of the log before something is written that needs it. */
export interface LogFormat {
  /** The number as last read: what needs no more may be written at once. */
  readonly current: number;
  /**
   * Resolves undefined once the log has at least this number: what needs it may be written. Otherwise says why it cannot be raised now; nothing was written.
   * Rejects with a `PortError` when the log cannot be read or written.
   */
  ensure(format: number): Promise<Rejection | undefined>;
}

/** The log, and what this process knows of formats and of the fleet. */
export interface LogFormatOptions {
  eventLog: EventLog;
  clock: Clock;
  ids: Ids;
  /** Name of this process, for the record. */
  node: string;
  /** False: other processes may write to the same log. */
  onlyNode: boolean;
  /** The processes of the fleet; absent: they cannot see each other. */
  nodes?: Nodes | undefined;
  /** Highest number this process knows; default that of this version. */
  known?: number | undefined;
}

/** The number as the log has it. Rejects with a `PortError` (`corrupt`) when it cannot be read. */
export async function readFormat(eventLog: EventLog): Promise<number> {
  let format = firstFormat;
  let after = 0;
  for (;;) {
    const entries = await eventLog.read(formatStream, { after });
    for (const entry of entries) format = Math.max(format, raisedBy(entry));
    const last = entries.at(-1)?.version;
    if (last === undefined || last <= after) return format;
    after = last;
  }
}

function raisedBy(entry: Entry): number {
  if (entry.kind === "unreadable") throw unreadable(entry.reason);
  const formats = entry.commit.events.map((event) => {
    if (event.type !== "format.raised") return firstFormat;
    const { format } = event as { format?: unknown };
    if (typeof format !== "number" || !Number.isSafeInteger(format)) throw unreadable("a number is missing in it");
    return format;
  });
  return Math.max(firstFormat, ...formats);
}

function unreadable(why: string): PortError {
  return new PortError(
    `the format number of the log cannot be read (${why}), so it is not known whether this version may write to it. Nothing was changed. Restore the log from a copy.`,
    { code: "corrupt", retryable: false },
  );
}

/** Rejects with a `PortError` (`refused`), in words, where a later version has written what this one cannot read. */
export async function checkFormat(eventLog: EventLog, known: number = knownFormat): Promise<void> {
  const stored = await readFormat(eventLog);
  if (stored > known) throw tooNew(stored, known);
}

function tooNew(stored: number, known: number): PortError {
  return new PortError(
    `the log has format ${stored}, written by a later version of Parley, and this version knows formats up to ${known}. Nothing was changed. Start the later version again, or restore the log from a copy that was made before it.`,
    { code: "refused", retryable: false },
  );
}

/** The log’s format number as this process knows it; see `docs/decisions/0010-format-number.md`. */
export function createLogFormat(options: LogFormatOptions): LogFormat {
  const { eventLog, known = knownFormat } = options;
  /** As last read; it never sinks, so what was enough stays enough. */
  let stored = firstFormat;
  let raising: Promise<unknown> = Promise.resolve();

  async function ensure(format: number): Promise<Rejection | undefined> {
    if (format <= stored) return undefined;
    const raised = raising.then(() => raise(format));
    raising = raised.catch(() => undefined);
    return raised;
  }

  async function raise(format: number): Promise<Rejection | undefined> {
    for (let tries = 0; tries < maxRaiseTries; tries++) {
      const head = await eventLog.head(formatStream);
      stored = await readFormat(eventLog);
      if (stored > known) throw tooNew(stored, known);
      if (stored >= format) return undefined;
      const refused = rejectionIfNotKnownByAll(format, options);
      if (refused) return refused;
      if ((await eventLog.append(formatStream, [raisedCommit(format, { ...options, head })])).kind === "appended") {
        stored = format;
        return undefined;
      }
    }
    throw new PortError("others kept raising the format of the log first; nothing was stored, try again", {
      code: "unavailable",
      retryable: true,
    });
  }

  return {
    ensure,
    get current() {
      return stored;
    },
  };
}

function raisedCommit(
  format: number,
  {
    head,
    ids,
    clock,
    node,
  }: Pick<LogFormatOptions, "ids" | "clock" | "node"> & { head: { version: number; id: string } | undefined },
): Commit {
  const event: { type: string; format: number; by: string } = { type: "format.raised", format, by: node };
  const [version, parent] = [(head?.version ?? 0) + 1, head?.id ?? ""];
  return { id: ids.next(), version, parent, at: clock.nowMs(), by: "parley", events: [event] };
}

/** Every live process has to know the number: one that does not would misread the log from then on. */
function rejectionIfNotKnownByAll(
  format: number,
  { onlyNode, nodes, known = knownFormat }: Pick<LogFormatOptions, "onlyNode" | "nodes" | "known">,
): Rejection | undefined {
  const needs = `this needs format ${format} of the log (${formatMeanings[format] ?? "of a later version"})`;
  if (format > known) return refusal(`${needs}, and this process knows formats up to ${known}; start a later version`);
  if (onlyNode) return undefined;
  if (!nodes)
    return refusal(
      `${needs}, and processes that share a log without REDIS_URL cannot tell whether all know it; set REDIS_URL`,
    );
  const present = nodes.present();
  if (!present) return refusal(`${needs}, and it cannot be asked now which processes are there; try again`);
  const old = present.filter((node) => (node.format ?? firstFormat) < format).map(({ name }) => name);
  if (old.length === 0) return undefined;
  return refusal(`${needs}, which ${old.sort().join(", ")} does not know; start a later version there, then try again`);
}

function refusal(why: string): Rejection {
  return { code: "format_not_raised", detail: `${why}. Nothing was done.` };
}
