import type { Commit } from "../../src/core/room/commit.js";
import type { AppendResult, Entry, EventLog, Head, ReadOptions } from "../../src/ports/event-log.js";
import { PortError } from "../../src/ports/port-error.js";
import { checkAppend } from "../kit/stored-commits.js";
import { createTails, maxBufferedChars } from "../kit/tails.js";
import { type Environment, forEachRow, rangePage } from "./environment.js";
import type { Decided, GroupWriter } from "./group-writer.js";
import { createNameIndex, type NameIndex } from "./name-index.js";
import { inNameOrder, readOverSeam } from "./seam.js";
import {
  firstVersion,
  formatStreamRecord,
  parseStreamRecord,
  readPage,
  type StreamRecord,
  toLmdbEntry,
} from "./stored-commits.js";

/** The effect of an append in this group on a stream, before it is durable. */
interface Pending {
  record: StreamRecord;
  /** Ids by version. */
  ids: Map<number, string>;
}

/** `check` asks for room for more than a usual append, so that it is the first to fail on a disk that fills up. */
const probeSize = { puts: 16, bytes: 512 * 1024 };

interface Append {
  stream: string;
  commits: readonly Commit[];
  texts: readonly string[];
}

async function loadStreams(
  environment: Environment,
): Promise<{ streams: NameIndex<StreamRecord>; lastNumber: number }> {
  const streams = createNameIndex<StreamRecord>();
  let lastNumber = 0;
  await forEachRow(environment.heads, (stream, text) => {
    const record = parseStreamRecord(text);
    if (record === undefined) {
      const message = `The head of stream ${stream} in ${environment.dir} cannot be read. Nothing was changed. Restore the folder from a copy.`;
      throw new PortError(message, { code: "corrupt", retryable: false });
    }
    streams.set(stream, record);
    lastNumber = Math.max(lastNumber, record.number);
  });
  return { streams, lastNumber };
}

const toHead = (record: Head | undefined): Head | undefined => record && { version: record.version, id: record.id };

/** A log in one environment. */
export interface LmdbEventLog extends EventLog {
  /** The head of a stream without a wait. */
  headNow(stream: string): Head | undefined;
  /** The id of the commit that stands at a version; undefined where none does, or it cannot be read. */
  idAt(stream: string, version: number): string | undefined;
  /** Ends tails. */
  close(): void;
}

/**
 * The log in `environment`. `older` holds the beginnings of streams that were begun in another environment and are continued here: they are read there,
 * and nothing may be appended to them there any more.
 */
export async function createLmdbEventLog(
  environment: Environment,
  writer: GroupWriter,
  older?: LmdbEventLog,
): Promise<LmdbEventLog> {
  const { streams, ...loaded } = await loadStreams(environment);
  let { lastNumber } = loaded;
  const pending = new Map<string, Pending>();
  const tails = createTails((stream, after) => read(stream, { after, limit: rangePage, maxChars: maxBufferedChars }));

  const headNow = (stream: string) => toHead(streams.get(stream) ?? older?.headNow(stream));

  async function read(stream: string, options: ReadOptions = {}): Promise<Entry[]> {
    const record = streams.get(stream);
    const readHere = async (within: ReadOptions) =>
      record === undefined ? [] : readPage(environment, record.number, within);
    const begun = older?.headNow(stream);
    if (older === undefined || begun === undefined) return readHere(options);
    const seam = (record && firstVersion(environment, record.number)) ?? begun.version + 1;
    return readOverSeam(options, { seam, before: (within) => older.read(stream, within), from: readHere });
  }

  function idAt(stream: string, version: number): string | undefined {
    const number = streams.get(stream)?.number;
    const text = number === undefined ? undefined : environment.commits.get([number, version]);
    if (number === undefined || text === undefined) return older?.idAt(stream, version);
    const entry = toLmdbEntry(number, version, text);
    return entry.kind === "commit" ? entry.commit.id : undefined;
  }

  function stands(stream: string, commits: readonly Commit[]): boolean {
    const ids = pending.get(stream)?.ids;
    return commits.every(({ id, version }) => (ids?.get(version) ?? idAt(stream, version)) === id);
  }

  function decide({ stream, commits, texts }: Append): Decided<AppendResult> {
    const known = pending.get(stream)?.record ?? streams.get(stream);
    const head = known ?? older?.headNow(stream);
    const [first, last] = [commits[0], commits.at(-1)];
    if (first === undefined || last === undefined) throw new RangeError("an append needs a commit");
    if (first.parent === (head?.id ?? "")) {
      if (first.version !== (head?.version ?? 0) + 1) throw new RangeError("the version does not follow the parent's");
      const record = { number: known?.number ?? ++lastNumber, version: last.version, id: last.id };
      return write({ stream, commits, texts }, record);
    }
    if (stands(stream, commits)) return { committed: () => ({ kind: "appended" }) };
    return { committed: () => ({ kind: "conflict", head: toHead(head) }) };
  }

  function write({ stream, commits, texts }: Append, record: StreamRecord): Decided<AppendResult> {
    const ids = pending.get(stream)?.ids ?? new Map<number, string>();
    for (const { version, id } of commits) ids.set(version, id);
    pending.set(stream, { record, ids });
    return {
      put() {
        texts.forEach((text, index) => {
          environment.commits.put([record.number, record.version - texts.length + 1 + index], text);
        });
        environment.heads.put(stream, formatStreamRecord(record));
      },
      committed() {
        pending.delete(stream);
        streams.set(stream, record);
        publish(stream, record, texts);
        return { kind: "appended" };
      },
      failed: () => pending.delete(stream),
    };
  }

  function publish(stream: string, record: StreamRecord, texts: readonly string[]): void {
    const first = record.version - texts.length + 1;
    let parsed: ReturnType<typeof toLmdbEntry>[] | undefined;
    tails.publish(stream, {
      first,
      last: record.version,
      chars: texts.reduce((sum, { length }) => sum + length, 0),
      entries: () => (parsed ??= texts.map((text, index) => toLmdbEntry(record.number, first + index, text))),
    });
  }

  return {
    async append(stream, commits) {
      checkAppend(stream, commits);
      const texts = commits.map((commit) => JSON.stringify(commit));
      // At most three bytes a character in UTF-8, and the same again where a value needs pages of its own.
      const bytes = texts.reduce((sum, text) => sum + 3 * text.length, 0);
      const size = { puts: texts.length + 1, bytes };
      return writer.submit({ size, decide: () => decide({ stream, commits, texts }) });
    },
    read,
    head: async (stream) => headNow(stream),
    headNow,
    idAt,
    tail: (stream, after, signal) => tails.follow(stream, after, signal),
    async streams(prefix) {
      const here = streams.withPrefix(prefix, (stream, { version, id }) => ({ stream, version, id }));
      if (older === undefined) return here;
      const begunThere = (await older.streams(prefix)).filter(({ stream }) => streams.get(stream) === undefined);
      return inNameOrder([...here, ...begunThere]);
    },
    async check() {
      const put = () => void environment.meta.put("probe", String(Date.now()));
      try {
        await writer.submit({ size: probeSize, decide: () => ({ put, committed: () => undefined }) });
        return { ok: true };
      } catch (error) {
        return { ok: false, detail: error instanceof Error ? error.message : String(error) };
      }
    },
    close: () => tails.close(),
  };
}
