import type { Commit } from "../../src/core/room/commit.js";
import type { AppendResult, EventLog, Head } from "../../src/ports/event-log.js";
import { PortError } from "../../src/ports/port-error.js";
import { checkAppend } from "../kit/stored-commits.js";
import { createTails, maxBufferedChars } from "../kit/tails.js";
import { type Environment, forEachRow, rangePage } from "./environment.js";
import type { Decided, GroupWriter } from "./group-writer.js";
import { createNameIndex, type NameIndex } from "./name-index.js";
import { formatStreamRecord, parseStreamRecord, readPage, type StreamRecord, toEntry } from "./stored-commits.js";

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
      const message = `The head of stream ${stream} in ${environment.dir} can not be read. Nothing was changed. Restore the folder from a copy.`;
      throw new PortError(message, { code: "corrupt", retryable: false });
    }
    streams.set(stream, record);
    lastNumber = Math.max(lastNumber, record.number);
  });
  return { streams, lastNumber };
}

const toHead = (record: StreamRecord | undefined): Head | undefined =>
  record && { version: record.version, id: record.id };

export async function createLmdbEventLog(
  environment: Environment,
  writer: GroupWriter,
): Promise<EventLog & { close(): void }> {
  const { streams, ...loaded } = await loadStreams(environment);
  let { lastNumber } = loaded;
  const pending = new Map<string, Pending>();
  const tails = createTails((stream, after) => read(stream, { after, limit: rangePage, maxChars: maxBufferedChars }));

  async function read(stream: string, options: Parameters<EventLog["read"]>[1] = {}) {
    const record = streams.get(stream);
    return record === undefined ? [] : readPage(environment, record.number, options);
  }

  function storedId(number: number, version: number): string | undefined {
    const text = environment.commits.get([number, version]);
    const entry = text === undefined ? undefined : toEntry(number, version, text);
    return entry?.kind === "commit" ? entry.commit.id : undefined;
  }

  function stands(stream: string, commits: readonly Commit[]): boolean {
    const number = streams.get(stream)?.number;
    const ids = pending.get(stream)?.ids;
    return commits.every(({ id, version }) => {
      const standing = ids?.get(version) ?? (number === undefined ? undefined : storedId(number, version));
      return standing === id;
    });
  }

  function decide({ stream, commits, texts }: Append): Decided<AppendResult> {
    const head = pending.get(stream)?.record ?? streams.get(stream);
    const [first, last] = [commits[0], commits.at(-1)];
    if (first === undefined || last === undefined) throw new RangeError("an append needs a commit");
    if (first.parent === (head?.id ?? "")) {
      if (first.version !== (head?.version ?? 0) + 1) throw new RangeError("the version does not follow the parent's");
      const record = { number: head?.number ?? ++lastNumber, version: last.version, id: last.id };
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
    let parsed: ReturnType<typeof toEntry>[] | undefined;
    tails.publish(stream, {
      first,
      last: record.version,
      chars: texts.reduce((sum, { length }) => sum + length, 0),
      entries: () => (parsed ??= texts.map((text, index) => toEntry(record.number, first + index, text))),
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
    head: async (stream) => toHead(streams.get(stream)),
    tail: (stream, after, signal) => tails.follow(stream, after, signal),
    streams: async (prefix) => streams.withPrefix(prefix, (stream, { version, id }) => ({ stream, version, id })),
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
