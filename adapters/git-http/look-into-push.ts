import { join } from "node:path";
import { type Repository, repositoryUrl } from "../../src/core/values/repository.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import type { PushedChange, RefUpdate } from "../../src/ports/repositories.js";
import { GitError } from "../kit/run-git.js";
import { startOfPack } from "./approved-branches.js";
import { FetchObjectsError, fetchObjects } from "./fetch-objects.js";
import type { Outside } from "./outside.js";
import { type PackContent, readPack } from "./pack-commits.js";
import { baseOf, commitsBrought } from "./pushed-commits.js";
import { openQuarantine, type Quarantine } from "./quarantine.js";
import type { Scratch } from "./spool.js";
import { CallError } from "./upstream.js";

/** A push whose bytes are held. `sent`: all of them, from the first command on. */
export interface HeldBytes {
  repository: Repository;
  updates: readonly RefUpdate[];
  sent: Buffer;
}

/** Never rejects; see `WaitingPush.look`. */
export type LookIntoPush = (push: HeldBytes) => Promise<readonly PushedChange[]>;

const mebibyte = 1_048_576;
const timeoutMs = 60_000;
/** Branches of one push that are looked at; of others only the commits are named. */
const maxBranches = 8;
/** Of what the server is asked for, altogether. */
const maxFetchedBytes = 64 * mebibyte;
/** Files of the old state that are asked for one by one. */
const maxFetchedFiles = 2_000;

const nothing: PushedChange = { commits: [], moreCommits: 0, files: [], moreFiles: 0 };

/**
 * Compares what a push holds with what is on the server, in a repository made for it and thrown away. The server is asked for the state that the push builds on: its folders first,
 * then only the files that differ.
 */
export function createLookIntoPush(options: {
  outside: Outside;
  scratch: Scratch;
  /** PATH, where Git is looked for. */
  path: string;
  clock: Clock;
  logger: Logger;
}): LookIntoPush {
  const { outside, scratch, path, clock, logger } = options;

  async function lookWithin(folder: string, push: HeldBytes, signal: AbortSignal): Promise<readonly PushedChange[]> {
    const hash = push.updates.some(({ after = "" }) => after.length === 64) ? "sha256" : "sha1";
    const start = startOfPack(push.sent);
    const pack = start === undefined ? undefined : push.sent.subarray(start);
    const content = pack && (await readPack(pack, hash));
    const changes = push.updates.map((update) => ({ ...nothing, ...commitsBrought(update, content) }));
    if (pack !== undefined && pack.length > 0 && content === undefined)
      return changes.map((change) => ({ ...change, whyNoDiff: "What it holds could not be read." }));
    const gitDir = join(folder, "quarantine.git");
    const quarantine = await openQuarantine(gitDir, { hash, path, clock, timeoutMs, signal });
    const pairs = push.updates.slice(0, maxBranches).map((update) => ({ update, base: baseOf(update, content) }));
    const fetch = fetcher(push.repository, signal);
    await fill(quarantine, { pack, content, pairs, fetch });
    return withDiffs(changes, { quarantine, pairs, fetch });
  }

  /** Asks for objects that are not there yet, within one bound for all. */
  function fetcher(repository: Repository, signal: AbortSignal): FetchInto {
    let left = maxFetchedBytes;
    let filters = true;
    const ask = async (ids: readonly string[], withoutFiles: boolean) => {
      const pack = await fetchObjects(outside, { repository, ids, withoutFiles, maxBytes: left, signal });
      left -= pack.length;
      return pack;
    };
    return async (quarantine, ids) => {
      const missing = await quarantine.missingOf(ids);
      if (missing.length === 0) return;
      if (missing.length > maxFetchedFiles) throw new FetchObjectsError(`more than ${maxFetchedFiles} files differ`);
      const pack = await ask(missing, filters).catch((error: unknown) => {
        if (!filters || !(error instanceof FetchObjectsError)) throw error;
        filters = false;
        return ask(missing, false);
      });
      await quarantine.take(pack);
    };
  }

  return async (push) => {
    const stop = new AbortController();
    const cancel = clock.after(timeoutMs, () => stop.abort());
    try {
      return await scratch.within((folder) => lookWithin(folder, push, stop.signal));
    } catch (error) {
      logger.info({ repository: repositoryUrl(push.repository), error }, "a push that waits could not be shown");
      return push.updates.map(() => ({ ...nothing, whyNoDiff: whyNot(error, stop.signal) }));
    } finally {
      cancel();
    }
  };
}

type FetchInto = (quarantine: Quarantine, ids: readonly string[]) => Promise<void>;

interface Pair {
  update: RefUpdate;
  base: string | undefined;
}

/** The old states, what the push's objects build on, and the push itself. */
async function fill(
  quarantine: Quarantine,
  how: { pack: Buffer | undefined; content: PackContent | undefined; pairs: readonly Pair[]; fetch: FetchInto },
): Promise<void> {
  const { pack, content, pairs, fetch } = how;
  const ends = pairs.flatMap(({ update: { after }, base }) => (after === undefined ? [] : [after, base]));
  const wanted = ends.flatMap((id) => (id === undefined || content?.commits.has(id) ? [] : [id]));
  await fetch(quarantine, [...new Set(wanted)]);
  if (pack === undefined || pack.length === 0) return;
  await fetch(quarantine, [...(content?.bases ?? [])]);
  await quarantine.take(pack);
}

async function withDiffs(
  changes: readonly PushedChange[],
  { quarantine, pairs, fetch }: { quarantine: Quarantine; pairs: readonly Pair[]; fetch: FetchInto },
): Promise<PushedChange[]> {
  const shown: PushedChange[] = [];
  for (const [at, change] of changes.entries()) {
    const pair = pairs[at];
    if (!pair) shown.push({ ...change, whyNoDiff: `Of a push, ${maxBranches} branches are shown.` });
    else shown.push({ ...change, ...(await diffOf(pair, change, { quarantine, fetch })) });
  }
  return shown;
}

async function diffOf(
  { update: { after }, base }: Pair,
  { commits }: PushedChange,
  { quarantine, fetch }: { quarantine: Quarantine; fetch: FetchInto },
): Promise<Partial<PushedChange>> {
  if (after === undefined) return { whyNoDiff: "The branch is deleted." };
  if (base === undefined && commits.length === 0)
    return { whyNoDiff: "The branch begins at a commit that is on the server already." };
  await fetch(quarantine, await quarantine.treesMissingIn([after]));
  await fetch(quarantine, await quarantine.filesThatDiffer(base, after));
  return { ...(base !== undefined && { base }), ...(await quarantine.compare(base, after)) };
}

function whyNot(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return "It took longer than a minute to compare.";
  if (error instanceof FetchObjectsError) return `There is nothing to compare with: ${error.message}.`;
  if (error instanceof CallError) return "There is nothing to compare with: the server cannot be reached.";
  if (error instanceof GitError && error.reason === "missing")
    return "Parley has no Git on this machine to compare it.";
  if (error instanceof GitError && error.reason === "failed") return "Git could not compare what was pushed.";
  return "It could not be compared.";
}
