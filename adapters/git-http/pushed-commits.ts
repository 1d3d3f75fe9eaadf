import type { PushedChange, RefUpdate } from "../../src/ports/repositories.js";
import type { PackContent, PackedCommit } from "./pack-commits.js";

/** Commits shown of one branch. */
const maxCommits = 20;
const maxTextChars = 200;

/**
 * What a branch is compared with: where it stands on the server, or for a new one the last commit on the line of first parents that the push does not bring. Undefined: it is deleted,
 * begins at a commit that is on the server, or has a history of its own.
 */
export function baseOf({ before, after }: RefUpdate, content: PackContent | undefined): string | undefined {
  if (after === undefined || before !== undefined) return after === undefined ? undefined : before;
  const seen = new Set<string>();
  let id: string | undefined = after;
  while (id !== undefined && !seen.has(id)) {
    const commit: PackedCommit | undefined = content?.commits.get(id);
    if (!commit) return id === after ? undefined : id;
    seen.add(id);
    id = commit.parents[0];
  }
  return undefined;
}

/** The commits of the pack that lead to the new tip of a branch, newest first. */
export function commitsBrought(
  { after }: RefUpdate,
  content: PackContent | undefined,
): Pick<PushedChange, "commits" | "moreCommits"> {
  const order = new Set<string>();
  const next = after === undefined ? [] : [after];
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    const commit = content?.commits.get(id);
    if (!commit || order.has(id)) continue;
    order.add(id);
    next.push(...[...commit.parents].reverse());
  }
  const commits = [...order].slice(0, maxCommits).map((id) => {
    const { author = "", subject = "" } = content?.commits.get(id) ?? {};
    return { id, author: author.slice(0, maxTextChars), subject: subject.slice(0, maxTextChars) };
  });
  return { commits, moreCommits: order.size - commits.length };
}
