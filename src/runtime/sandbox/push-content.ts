import type { GateContent, PushedRef } from "../../core/room/gate-content.js";
import { cutSecretForms } from "../../core/text/secret-forms.js";
import { plainLine } from "../../core/text/visible-text.js";
import { type Repository, repositoryUrl } from "../../core/values/repository.js";
import type { Blobs } from "../../ports/blobs.js";
import type { PushedChange, RefUpdate } from "../../ports/repositories.js";

/** Where the diffs of pushes are kept, and what cuts secrets out of them. */
export interface PushContentOptions {
  blobs: Pick<Blobs, "put">;
  /** `isCut`: the text ends in the middle of something. Default: secrets that are known by their form. */
  cutSecrets?: ((text: string, options?: { isCut: boolean }) => string) | undefined;
}

/** Of all branches of a push together, so that a gate stays small. */
const maxCommits = 40;
const maxFiles = 60;
const maxChars = 160;

/** What a gate for a push shows: the refs with their commits, files and diffs. Diffs are stored; their hashes stand in the content, and so in the hash that a decision names. */
export async function pushContent(
  {
    repository,
    updates,
    changes,
  }: { repository: Repository; updates: readonly RefUpdate[]; changes: readonly PushedChange[] },
  options: PushContentOptions,
): Promise<GateContent> {
  const refs: PushedRef[] = [];
  let [commitsLeft, filesLeft] = [maxCommits, maxFiles];
  for (const [at, { ref, before, after }] of updates.entries()) {
    const change = changes[at];
    const ids = { ref, from: before ?? null, to: after ?? null };
    refs.push(change ? { ...ids, ...(await changeFields(change, { commitsLeft, filesLeft, options })) } : ids);
    commitsLeft -= Math.min(commitsLeft, change?.commits.length ?? 0);
    filesLeft -= Math.min(filesLeft, change?.files.length ?? 0);
  }
  return { v: 2, push: { repository: repositoryUrl(repository), refs } };
}

async function changeFields(
  { base, commits, files, moreCommits, moreFiles, diff, whyNoDiff }: PushedChange,
  { commitsLeft, filesLeft, options }: { commitsLeft: number; filesLeft: number; options: PushContentOptions },
): Promise<Partial<PushedRef>> {
  const cut = options.cutSecrets ?? cutSecretForms;
  const line = (text: string) => plainLine(cut(text), maxChars);
  const [moreOfCommits, moreOfFiles] = [
    moreCommits + Math.max(0, commits.length - commitsLeft),
    moreFiles + Math.max(0, files.length - filesLeft),
  ];
  return {
    ...(base !== undefined && { base }),
    commits: commits
      .slice(0, commitsLeft)
      .map(({ id, author, subject }) => ({ id, author: line(author), subject: line(subject) })),
    ...(moreOfCommits > 0 && { moreCommits: moreOfCommits }),
    files: files.slice(0, filesLeft).map((file) => ({ ...file, path: line(file.path) })),
    ...(moreOfFiles > 0 && { moreFiles: moreOfFiles }),
    ...(diff && { diff: await stored(cut(diff.text, diff), diff.isCut, options.blobs) }),
    ...(whyNoDiff !== undefined && { whyNoDiff: plainLine(whyNoDiff, maxChars) }),
  };
}

async function stored(text: string, isCut: boolean, blobs: Pick<Blobs, "put">): Promise<PushedRef["diff"]> {
  const bytes = Buffer.from(text);
  return { sha256: await blobs.put(bytes), bytes: bytes.length, isCut };
}
