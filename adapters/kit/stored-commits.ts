import { type Commit, isCommit } from "../../src/core/room/commit.js";
import type { Entry } from "../../src/ports/event-log.js";

/** Longest name of a stream in bytes of UTF-8. LMDB's keys hold 1,978, an index row of PostgreSQL 2,704. */
export const maxStreamNameBytes = 1_024;

/** The text of a stored commit as an entry. `version` and `position` are what its key says, whatever is in it. */
export function storedEntry(text: string, { version, position }: { version: number; position: string }): Entry {
  const unreadable = (reason: string): Entry => ({ kind: "unreadable", version, position, reason });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadable("not JSON");
  }
  if (!isCommit(value)) return unreadable("not a commit");
  if (value.version !== version) return unreadable(`a commit of version ${value.version} stands here`);
  return { kind: "commit", version, commit: value };
}

/** Throws a `RangeError` on a bug of a caller of `append`. A lost race is not one. */
export function checkAppend(stream: string, commits: readonly Commit[]): void {
  if (stream === "" || Buffer.byteLength(stream) > maxStreamNameBytes) throw new RangeError("no such stream name");
  if (commits.length === 0) throw new RangeError("an append needs a commit");
  const isChain = commits.every((commit, index) => {
    const before = commits[index - 1];
    return before === undefined || (commit.version === before.version + 1 && commit.parent === before.id);
  });
  if (!isChain) throw new RangeError("each commit of an append must follow the one before");
}
