import type { Commit } from "../../src/core/room/commit.js";
import { unreadableCommitId } from "../../src/core/room/fold.js";
import type { Entry } from "../../src/ports/event-log.js";

/** A message of a stream: the version it takes, beside the commit, so that a commit that cannot be read still has its place. */
export function encodeMessage({ version, text }: { version: number; text: string }): string {
  return `{"v":${version},"c":${text}}`;
}

/** The position of a stream's chain of winners. */
export interface Chain {
  version: number;
  id: string;
  /** Void commits ahead of the head: commits based on them are void too. */
  voided: string[];
  /** Times the server lost commits in between. */
  holes: number;
}

export const emptyChain = (): Chain => ({ version: 0, id: "", voided: [], holes: 0 });

const maxVoided = 100;

/** The outcome for one message: its place in the log as JSON text, or nothing because another commit won its version. */
export type Applied =
  | { kind: "kept"; version: number; text: string }
  | { kind: "superseded" }
  | { kind: "foreign"; reason: string };

/**
 * Applies one message to the chain by the rule every reader of the log follows: a commit counts if it has the next version and the last
 * winner as its parent; a taken version or another parent makes it superseded; a later version is a gap (commits were lost) and counts.
 */
export function applyMessage(chain: Chain, message: unknown): Applied {
  const version = versionOf(message);
  if (version === undefined) return { kind: "foreign", reason: "it is not one of Parley's" };
  const commit = (message as { c?: unknown }).c;
  const readable = commitOf(commit, version);
  if (version <= chain.version) return { kind: "superseded" };
  if (readable && isSuperseded(chain, readable)) {
    if (chain.voided.push(readable.id) > maxVoided) chain.voided.shift();
    return { kind: "superseded" };
  }
  if (version > chain.version + 1) chain.holes += 1;
  chain.version = version;
  chain.id = readable?.id ?? unreadableCommitId;
  chain.voided = [];
  return { kind: "kept", version, text: typeof commit === "string" ? commit : JSON.stringify(commit ?? null) };
}

function isSuperseded(chain: Chain, { version, parent }: Commit): boolean {
  if (version > chain.version + 1) return chain.voided.includes(parent);
  return parent !== chain.id && chain.id !== unreadableCommitId;
}

function versionOf(message: unknown): number | undefined {
  const version = typeof message === "object" && message !== null ? (message as { v?: unknown }).v : undefined;
  return typeof version === "number" && Number.isSafeInteger(version) && version > 0 ? version : undefined;
}

function commitOf(value: unknown, version: number): Commit | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const commit = value as Partial<Commit>;
  const isWhole =
    typeof commit.id === "string" &&
    typeof commit.parent === "string" &&
    typeof commit.at === "number" &&
    typeof commit.by === "string" &&
    Array.isArray(commit.events) &&
    commit.version === version;
  return isWhole ? (commit as Commit) : undefined;
}

/** An entry as it lies in the local copy. */
export function toEntry(stream: string, version: number, text: string): Entry {
  const unreadable = (reason: string): Entry => ({
    kind: "unreadable",
    version,
    position: `${stream}@${version}`,
    reason,
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadable("it is not JSON");
  }
  const commit = commitOf(value, version);
  return commit ? { kind: "commit", version, commit } : unreadable("it is not a commit of this version");
}
