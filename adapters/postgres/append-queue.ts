import type { Commit } from "../../src/core/room/commit.js";
import type { Head } from "../../src/ports/event-log.js";

/** One call of `append`, as it was asked for, whatever becomes of the caller's objects. */
export interface Append {
  stream: string;
  /** Id of the commit that the first is decided on; empty for a stream that begins. */
  parent: string;
  /** Version of the first commit. */
  first: number;
  rows: readonly StoredRow[];
  /** Bytes of the rows' bodies. */
  bytes: number;
}

/** A commit as it is stored: `body` is its JSON in UTF-8, `text` the same as text. */
export interface StoredRow extends Head {
  text: string;
  body: Buffer;
}

/** What one statement is to do to one stream: appends that follow each other, as one. */
export interface StreamBatch<Queued extends Append> {
  stream: string;
  parent: string;
  first: number;
  last: Head;
  appends: Queued[];
}

/** Bounds of one statement, in appends and in bytes of bodies. */
const maxAppends = 512;
const maxBytes = 4 * 1_024 * 1_024;

export function toAppend(stream: string, commits: readonly Commit[]): Append {
  const rows = commits.map((commit) => {
    const text = JSON.stringify(commit);
    return { version: commit.version, id: commit.id, text, body: Buffer.from(text) };
  });
  const bytes = rows.reduce((sum, { body }) => sum + body.length, 0);
  return { stream, parent: commits[0]?.parent ?? "", first: commits[0]?.version ?? 0, rows, bytes };
}

/**
 * Takes what the next statement does from the front of a queue. An append that continues one of the same stream before it goes with it; one that does not (it was
 * decided on something else) waits for the next statement, and so does everything of its stream behind it.
 */
export function takeGroup<Queued extends Append>(
  queue: readonly Queued[],
): { group: StreamBatch<Queued>[]; rest: Queued[] } {
  const batches = new Map<string, StreamBatch<Queued>>();
  const held = new Set<string>();
  const rest: Queued[] = [];
  let [taken, bytes] = [0, 0];
  for (const append of queue) {
    const isFull = taken > 0 && (taken >= maxAppends || bytes + append.bytes > maxBytes);
    const batch = batches.get(append.stream);
    if (isFull || held.has(append.stream) || (batch && !continues(batch, append))) {
      held.add(append.stream);
      rest.push(append);
      continue;
    }
    const last = append.rows.at(-1) ?? { version: 0, id: "" };
    const head = { version: last.version, id: last.id };
    if (batch) {
      batch.appends.push(append);
      batch.last = head;
    } else {
      const { stream, parent, first } = append;
      batches.set(stream, { stream, parent, first, last: head, appends: [append] });
    }
    taken += 1;
    bytes += append.bytes;
  }
  return { group: [...batches.values()], rest };
}

function continues({ last }: { last: Head }, { parent, first }: Append): boolean {
  return parent === last.id && first === last.version + 1;
}
