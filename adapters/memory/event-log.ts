import type { Commit } from "../../src/core/room/commit.js";
import type { AppendResult, Entry, EventLog, Head, ReadOptions } from "../../src/ports/event-log.js";
import { PortError } from "../../src/ports/port-error.js";
import { checkAppend, storedEntry } from "../kit/stored-commits.js";

/** A fault that an append can be told to make. */
export type AppendFault =
  /** Nothing is stored, and the caller learns that. */
  | "unavailable"
  /** Nothing is stored: there is no space. */
  | "full"
  /** It is stored, but the answer is lost. */
  | "answer-lost";

export interface MemoryEventLog extends EventLog {
  /** Called before every append; returns its fault, if any. Replaces an earlier plan. */
  planFaults(plan: (stream: string, commits: readonly Commit[]) => AppendFault | undefined): void;
  /** Puts raw text where a version lies, as a damaged store would hold it. The head moves along when it is the highest. */
  plant(stream: string, version: number, text: string): void;
}

interface Stored {
  version: number;
  id: string;
  text: string;
}

interface Stream {
  /** By version. */
  stored: Stored[];
  head: Head;
  waiting: Set<() => void>;
}

const maxLimit = 500;
const tailPage = 256;
const tailChars = 1_024 * 1_024;

function toEntry({ version, text }: Stored): Entry {
  return storedEntry(text, { version, position: `memory:${version}` });
}

/** Index of the first entry of at least `version`. */
function indexOf(stored: readonly Stored[], version: number): number {
  let [low, high] = [0, stored.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stored[middle]?.version ?? 0) < version) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Up to and with the entry that brings them to `maxChars`. */
function firstOf(page: readonly Stored[], maxChars = Number.POSITIVE_INFINITY): readonly Stored[] {
  let chars = 0;
  const last = page.findIndex(({ text }) => {
    chars += text.length;
    return chars >= maxChars;
  });
  return last === -1 ? page : page.slice(0, last + 1);
}

function stands(stored: readonly Stored[], { version, id }: Commit): boolean {
  const found = stored[indexOf(stored, version)];
  return found?.version === version && found.id === id;
}

function fail(fault: AppendFault): never {
  if (fault === "full") throw new PortError("The log is full.", { code: "full", retryable: true });
  if (fault === "unavailable") throw new PortError("The log is away.", { code: "unavailable", retryable: true });
  throw new PortError("The log did not answer; whether it stored the append is not known.", {
    code: "timeout",
    retryable: true,
  });
}

/** The log of a test or a simulation: gone with the process. It keeps JSON text, so that no object is shared by accident. */
export function createMemoryEventLog(): MemoryEventLog {
  const streams = new Map<string, Stream>();
  let planned: Parameters<MemoryEventLog["planFaults"]>[0] = () => undefined;

  function streamNamed(name: string): Stream {
    let stream = streams.get(name);
    if (stream === undefined) {
      stream = { stored: [], head: { version: 0, id: "" }, waiting: new Set() };
      streams.set(name, stream);
    }
    return stream;
  }

  function wake(stream: Stream): void {
    for (const resolve of stream.waiting) resolve();
    stream.waiting.clear();
  }

  function store(name: string, commits: readonly Commit[], texts: readonly string[]): AppendResult {
    const { stored = [], head = { version: 0, id: "" } } = streams.get(name) ?? {};
    if (commits[0]?.parent !== head.id) {
      if (commits.every((commit) => stands(stored, commit))) return { kind: "appended" };
      return { kind: "conflict", head: head.version === 0 ? undefined : { ...head } };
    }
    if (commits[0].version !== head.version + 1) throw new RangeError("the version does not follow the parent's");
    const stream = streamNamed(name);
    commits.forEach(({ version, id }, index) => {
      stream.stored.push({ version, id, text: texts[index] ?? "" });
      stream.head = { version, id };
    });
    wake(stream);
    return { kind: "appended" };
  }

  async function read(name: string, options: ReadOptions = {}): Promise<Entry[]> {
    const { after = 0, before = Number.MAX_SAFE_INTEGER, reverse = false } = options;
    const stored = streams.get(name)?.stored ?? [];
    const limit = Math.min(options.limit ?? maxLimit, maxLimit);
    const [low, high] = [indexOf(stored, after + 1), indexOf(stored, before)];
    const page = reverse
      ? stored.slice(Math.max(low, high - limit), high).reverse()
      : stored.slice(low, Math.min(high, low + limit));
    return firstOf(page, options.maxChars).map(toEntry);
  }

  async function* tail(name: string, after: number, signal: AbortSignal): AsyncGenerator<Entry[], void> {
    let last = after;
    while (!signal.aborted) {
      const page = await read(name, { after: last, limit: tailPage, maxChars: tailChars });
      if (signal.aborted) return;
      last = page.at(-1)?.version ?? last;
      if (page.length > 0) yield page;
      else await change(name, last, signal);
    }
  }

  /** Resolves when there may be something after `last`. */
  function change(name: string, last: number, signal: AbortSignal): Promise<void> {
    const isThere = (streams.get(name)?.stored.at(-1)?.version ?? 0) > last;
    if (signal.aborted || isThere) return Promise.resolve();
    const { waiting } = streamNamed(name);
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        waiting.delete(done);
        resolve();
      };
      waiting.add(done);
      signal.addEventListener("abort", done);
    });
  }

  return {
    async append(name, commits) {
      checkAppend(name, commits);
      const texts = commits.map((commit) => JSON.stringify(commit));
      const fault = planned(name, commits);
      if (fault === "unavailable" || fault === "full") fail(fault);
      const result = store(name, commits, texts);
      if (fault !== undefined) fail(fault);
      return result;
    },
    read,
    head: async (name) => {
      const head = streams.get(name)?.head;
      return head === undefined || head.version === 0 ? undefined : { ...head };
    },
    tail,
    async streams(prefix) {
      const found = [...streams].filter(([name, { head }]) => head.version > 0 && name.startsWith(prefix));
      return found.map(([stream, { head }]) => ({ stream, ...head })).sort((a, b) => (a.stream < b.stream ? -1 : 1));
    },
    async check() {
      const fault = planned("check", []);
      return fault === undefined ? { ok: true } : { ok: false, detail: `The log is ${fault}.` };
    },
    planFaults(plan) {
      planned = plan;
    },
    plant(name, version, text) {
      const stream = streamNamed(name);
      const index = indexOf(stream.stored, version);
      const replaced = stream.stored[index]?.version === version ? 1 : 0;
      const entry = toEntry({ version, id: "", text });
      const id = entry.kind === "commit" ? entry.commit.id : `planted-${version}`;
      stream.stored.splice(index, replaced, { version, id, text });
      if (version > stream.head.version) stream.head = { version, id };
      wake(stream);
    },
  };
}
