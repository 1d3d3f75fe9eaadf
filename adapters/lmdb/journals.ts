import type { EventLog } from "../../src/ports/event-log.js";
import type { Health } from "../../src/ports/health.js";
import type { PortError } from "../../src/ports/port-error.js";
import { inNameOrder } from "./seam.js";

/** Agents' journals in an environment of their own, so that neither its size nor its failures touch the rooms. */
export interface Journals {
  /** Whether journals can be stored now, and the space they take. */
  check(): Promise<Health>;
}

/** Health of journals that are open, with the space they take and may take. */
export function healthOfJournals(options: {
  eventLog: EventLog;
  usedBytes: () => number;
  maxBytes: number | undefined;
}): Journals {
  const { eventLog, usedBytes, maxBytes } = options;
  return {
    async check() {
      const { ok, detail } = await eventLog.check();
      const size = `${inMegabytes(usedBytes())}${maxBytes === undefined ? "" : ` of at most ${inMegabytes(maxBytes)}`}`;
      if (ok) return { ok, detail: size };
      return {
        ok,
        detail: `What agents do in their turns is not recorded now; rooms go on. ${detail} It takes ${size}.`,
      };
    },
  };
}

const inMegabytes = (bytes: number): string => `${Math.ceil(bytes / 1_024 / 1_024)} MB`;

/** Streams that are journals, unless another beginning of their names is given. */
export const journalPrefix = "agent/";

/** One log of two: streams whose names begin with `prefix` are those of `journals`, all others those of `rooms`. `check` tells of the rooms alone. */
export function splitLog(options: { rooms: EventLog; journals: EventLog; prefix: string }): EventLog {
  const { rooms, journals, prefix } = options;
  const isJournal = (stream: string) => stream.startsWith(prefix);
  const of = (stream: string) => (isJournal(stream) ? journals : rooms);
  return {
    append: (stream, commits) => of(stream).append(stream, commits),
    read: (stream, how) => of(stream).read(stream, how),
    head: (stream) => of(stream).head(stream),
    tail: (stream, after, signal) => of(stream).tail(stream, after, signal),
    async streams(asked) {
      if (isJournal(asked)) return journals.streams(asked);
      if (!prefix.startsWith(asked)) return rooms.streams(asked);
      const others = (await rooms.streams(asked)).filter(({ stream }) => !isJournal(stream));
      return inNameOrder([...others, ...(await journals.streams(prefix))]);
    },
    check: () => rooms.check(),
  };
}

/** Journals that could not be opened: every call rejects with the reason, so that nobody takes what is there for nothing. */
export function closedJournals(reason: PortError): EventLog {
  const refuse = () => Promise.reject(reason);
  return {
    append: refuse,
    read: refuse,
    head: refuse,
    // biome-ignore lint/correctness/useYield: it ends with the reason.
    async *tail() {
      throw reason;
    },
    streams: refuse,
    check: async () => ({ ok: false, detail: reason.message }),
  };
}
