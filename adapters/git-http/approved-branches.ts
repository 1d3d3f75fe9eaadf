import type { RefUpdate, RepositoryCaller } from "../../src/ports/repositories.js";
import { commitsOfPack, isReached } from "./pack-commits.js";

/** Updates of a push that could take away a commit that a person allowed. */
export interface GuardedUpdates {
  /** Why the push may not be passed on whatever it holds, for the agent. */
  refused?: string;
  /** Updates that must add to their branch. */
  mustAdd: RefUpdate[];
}

/** Which updates of a push are of branches with a commit that a person allowed. A branch that is new holds none. */
export async function guardedUpdates(updates: readonly RefUpdate[], caller: RepositoryCaller): Promise<GuardedUpdates> {
  const old = updates.filter(({ before, after }) => before !== undefined && before !== after);
  if (old.length === 0 || !caller.allowedIn) return { mustAdd: [] };
  const allowed = await caller.allowedIn(old.map(({ ref }) => ref));
  const guarded = old.filter(({ ref }) => allowed.has(ref));
  const deleted = guarded.find(({ after }) => after === undefined);
  if (!deleted) return { mustAdd: guarded };
  const why = `${branchOf(deleted)} holds ${shown(allowed.get(deleted.ref))}, so you cannot delete it; a person can.`;
  return { refused: `${why} Nothing of this push was passed on.`, mustAdd: [] };
}

/** Why a whole push, as it was sent, may not be passed on: it does not add to a branch that a person allowed. Undefined: it adds to every one. */
export async function whyNotAdded(
  mustAdd: readonly RefUpdate[],
  { sent, caller }: { sent: Buffer; caller: RepositoryCaller },
): Promise<string | undefined> {
  if (mustAdd.length === 0) return undefined;
  const hash = mustAdd[0]?.before?.length === 64 ? "sha256" : "sha1";
  const start = startOfPack(sent);
  const parents = start === undefined ? undefined : await commitsOfPack(sent.subarray(start), hash);
  const rewritten = mustAdd.find(
    ({ before = "", after = "" }) => !parents || !isReached(parents, { commit: after, ancestor: before }),
  );
  if (!rewritten) return undefined;
  const allowed = await caller.allowedIn?.([rewritten.ref]);
  const why = `${branchOf(rewritten)} holds ${shown(allowed?.get(rewritten.ref))}, so you can only add commits to it, and this push does not show that it does.`;
  return `${why} Nothing of it was passed on. Push to a branch of another name, or rebase onto what is there.`;
}

/** The pack follows the flush that ends the commands; push options, which nobody here offers, would stand between. */
export function startOfPack(sent: Buffer): number | undefined {
  let at = 0;
  while (at + 4 <= sent.length) {
    const length = Number.parseInt(sent.toString("latin1", at, at + 4), 16);
    if (length === 0) return at + 4;
    if (!(length >= 4)) return undefined;
    at += length;
  }
  return undefined;
}

const branchOf = ({ ref }: RefUpdate): string => ref.replace(/^refs\/heads\//, "");

function shown(allowed: { commit: string; by: string } | undefined): string {
  return allowed ? `${allowed.commit.slice(0, 7)}, which ${allowed.by} allowed` : "a commit that a person allowed";
}
