import { PortError } from "../../src/ports/port-error.js";
import type { WorkspaceChange } from "../../src/ports/workspaces.js";
import { borrowedCode, unreadableCode } from "./work-git-script.js";
import { refusedWork } from "./work-path.js";

/** The facts that Git gets about a work folder: hashes alone, as they were read out of its files. */
export interface WorkCommits {
  format: "sha1" | "sha256";
  /** The commit that is checked out; absent before the first one. */
  head?: string;
  /** The newest commit of the branch this one comes from, where it is known. */
  base?: string;
  /** Commits whose parents are not there, one a line. */
  shallow?: string;
}

/** Reads a small file below the work folder; undefined: it is not there. Follows no link. */
export type ReadText = (path: string) => Promise<string | undefined>;

const hashPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const refPattern = /^refs\/[A-Za-z0-9._+@%,=/-]{1,240}$/;
/** Of the branch that work began on, the best known first. */
const bases = ["refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master"];

/** The commits of a repository (gitrepository-layout(5)). Undefined: it is not one. Throws a `PortError` (`refused`) where its files do not have the form. */
export async function commitsOf(read: ReadText): Promise<WorkCommits | undefined> {
  const [head, packed, remote, shallow] = await Promise.all(
    ["HEAD", "packed-refs", "refs/remotes/origin/HEAD", "shallow"].map((file) => read(`.git/${file}`)),
  );
  if (head === undefined) return undefined;
  const refs = { read, packed: packedRefs(packed ?? "") };
  const checkedOut = symbolicRef(head);
  const hash = checkedOut === undefined ? head.trim() : await hashOf(checkedOut, refs);
  if (hash !== undefined && !hashPattern.test(hash)) throw unreadable();
  const base = await baseOf([symbolicRef(remote ?? ""), ...bases], { ...refs, except: checkedOut });
  return {
    format: hash?.length === 64 ? "sha256" : "sha1",
    ...(hash !== undefined && { head: hash }),
    ...(base !== undefined && { base }),
    ...(shallow !== undefined && isShallow(shallow) && { shallow }),
  };
}

interface Refs {
  read: ReadText;
  packed: ReadonlyMap<string, string>;
}

async function hashOf(ref: string, { read, packed }: Refs): Promise<string | undefined> {
  const loose = (await read(`.git/${ref}`))?.trim();
  const hash = loose ?? packed.get(ref);
  if (hash === undefined) return undefined;
  return hashPattern.test(hash) ? hash : undefined;
}

async function baseOf(
  candidates: readonly (string | undefined)[],
  { except, ...refs }: Refs & { except: string | undefined },
): Promise<string | undefined> {
  for (const ref of candidates) {
    const hash = ref === undefined || ref === except ? undefined : await hashOf(ref, refs);
    if (hash !== undefined) return hash;
  }
  return undefined;
}

function symbolicRef(text: string): string | undefined {
  const ref = /^ref: (.+)$/.exec(text.trim())?.[1];
  if (ref === undefined) return undefined;
  if (!refPattern.test(ref) || ref.split("/").some((part) => part === "" || part.startsWith("."))) throw unreadable();
  return ref;
}

function packedRefs(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [hash = "", ref = ""] = line.split(" ");
    if (hashPattern.test(hash) && refPattern.test(ref)) found.set(ref, hash);
  }
  return found;
}

function isShallow(text: string): boolean {
  const lines = text.trim().split("\n");
  return lines.every((line) => hashPattern.test(line));
}

const unreadable = () => refusedWork("Git's files in this work folder do not have the form Parley reads");

/** What went wrong in the script, by its exit code; undefined: nothing. */
export function gitFailure(code: number): PortError | undefined {
  if (code === 0) return undefined;
  if (code === borrowedCode)
    return refusedWork("This repository has links among its objects, or borrows them from elsewhere");
  if (code === unreadableCode) return refusedWork("Git cannot read this repository");
  return new PortError(`Git ended early (${code}). It may work when it is tried again.`, {
    code: "unavailable",
    retryable: true,
  });
}

const kinds: Readonly<Record<string, WorkspaceChange["change"]>> = {
  "?": "untracked",
  A: "added",
  D: "deleted",
  M: "modified",
  R: "renamed",
  T: "modified",
};

/** The changes that `git status --porcelain -z` names; an entry that was cut is left out. */
export function changesIn(output: Buffer): WorkspaceChange[] {
  const end = output.lastIndexOf(0);
  const entries = end < 0 ? [] : output.subarray(0, end).toString("utf8").split("\0");
  return entries.flatMap((entry) => {
    const state = entry.slice(0, 2).trim().slice(-1);
    const change = kinds[state];
    return change === undefined ? [] : [{ path: entry.slice(3), change }];
  });
}

/** At most `maxBytes` of a diff, no character cut in two, and whether there is more. */
export function cutDiff(output: Buffer, maxBytes: number): { text: string; isCut: boolean } {
  if (output.length <= maxBytes) return { text: output.toString("utf8"), isCut: false };
  let end = maxBytes;
  while (end > 0 && ((output[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return { text: output.subarray(0, end).toString("utf8"), isCut: true };
}
