import { z } from "zod";

/**
 * The set-up for agents that a repository brings along: instructions, skills, MCP servers and hooks. It is text of strangers, so an owner
 * of the room sees all of it and says what may be used; a hash over all of it binds the decision to what was seen.
 */

/** Kinds of files of a set-up. `mcp` and `hooks` run commands in the agents' sandboxes. */
export const setupKinds = ["instructions", "skill", "mcp", "hooks"] as const;
/** One of `setupKinds`. */
export type SetupKind = (typeof setupKinds)[number];

/** Limits of one set-up. Files beyond them are refused with a reason, never truncated. */
export const SETUP_LIMITS = {
  /** Files offered at once. */
  maxFiles: 64,
  /** UTF-8 bytes of one file. */
  maxFileBytes: 48 * 1_024,
  /** UTF-8 bytes of all files. */
  maxBytes: 256 * 1_024,
  /** Characters of a path. */
  maxPathChars: 200,
  /** Most refused files that are named; further ones are only counted. */
  maxRefused: 20,
  /** Characters of the reason for a refusal. */
  maxReasonChars: 200,
} as const;

const itemSchema = z.object({
  /** One of `setupKinds`; a later version may know more. */
  kind: z.string(),
  /** In the repository, from its root. */
  path: z.string(),
  /** UTF-8 bytes of the text. */
  bytes: z.number(),
  /** SHA-256 hex of the text, under which it is stored. */
  sha256: z.string(),
});
/** One file of a set-up, without its text. */
export type SetupItem = z.infer<typeof itemSchema>;

const refusedSchema = z.object({ path: z.string(), why: z.string() });
/** A file of a set-up that cannot be offered, and why: a clause for people. */
export type RefusedSetupFile = z.infer<typeof refusedSchema>;

/** The events about set-ups, for the table of all events. */
export const setupEventSchemas = {
  /** The set-up at the head of the room's branch, with the hash that a decision has to name (see `setupHash`). */
  "setup.offered": z.object({
    hash: z.string(),
    /** The commit it was read from. */
    commit: z.string(),
    items: z.array(itemSchema),
    refused: z.array(refusedSchema),
  }),
  /** From now on agents use exactly these files with these texts, until the next decision. `hash`: of the set-up that was decided on. */
  "setup.decided": z.object({
    hash: z.string(),
    used: z.array(itemSchema),
    /** The hash of `used`, by the same rule. */
    usedHash: z.string(),
    by: z.string(),
  }),
} as const;

/** What a room keeps in memory of set-ups. `version` and `atMs` are those of the commit with the event, which holds the rest. */
export interface RoomSetup {
  offered: { hash: string; version: number; atMs: number };
  /** `usedHash`: the hash of what is used, by the same rule; `uses`: how many files that is. */
  decided?: { hash: string; version: number; atMs: number; usedHash: string; uses: number };
}

/** A set-up as found in the repository, before the room checks whether it is new. */
export interface OfferSetup {
  type: "setup.offer";
  commit: string;
  items: readonly SetupItem[];
  refused: readonly RefusedSetupFile[];
}

/**
 * SHA-256 hex of `"parley-setup-1\n"` followed by `JSON.stringify` of a list with `[kind, path, bytes, sha256]` for each file, in the order of
 * their paths by code unit. The commit does not count: the same files in another commit are the same set-up.
 */
export function setupHash(items: readonly SetupItem[], sha256: (text: string) => string): string {
  const rows = inOrder(items).map(({ kind, path, bytes, sha256: id }) => [kind, path, bytes, id]);
  return sha256(`parley-setup-1\n${JSON.stringify(rows)}`);
}

/** The files in the order of their paths. */
export function inOrder(items: readonly SetupItem[]): SetupItem[] {
  return [...items].sort((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0));
}

/** Whether files of this kind run commands in the agents' sandboxes. */
export function runsCommands({ kind }: Pick<SetupItem, "kind">): boolean {
  return kind === "mcp" || kind === "hooks";
}

/** The files as people read them in a sentence; those of a skill are one: `CLAUDE.md, .claude/skills/notes (2 files) and .mcp.json`. */
export function setupInWords(items: readonly SetupItem[]): string {
  const counts = new Map<string, number>();
  for (const { path } of inOrder(items)) counts.set(groupOf(path), (counts.get(groupOf(path)) ?? 0) + 1);
  const names = Array.from(counts, ([name, files]) => (files === 1 ? name : `${name} (${files} files)`));
  const shown = names.length > maxShown ? [...names.slice(0, maxShown), `${names.length - maxShown} more`] : names;
  const last = shown.pop() ?? "nothing";
  return shown.length === 0 ? last : `${shown.join(", ")} and ${last}`;
}

const maxShown = 12;

/** The folder of a skill, or the file itself. */
function groupOf(path: string): string {
  return /^\.claude\/skills\/[^/]+/.exec(path)?.[0] ?? path;
}

const skillFile = /^\.claude\/skills\/([A-Za-z0-9][A-Za-z0-9._-]{0,63}(?:\/[A-Za-z0-9_][A-Za-z0-9._-]{0,63}){1,6})$/;

/**
 * A file of a skill, as its path below the folder of skills (`notes/SKILL.md`); undefined for any other path. Parts of the path have plain
 * names that begin with a letter, a digit or `_`, so none leads elsewhere.
 */
export function skillFileOf(path: string): string | undefined {
  return path.length > SETUP_LIMITS.maxPathChars ? undefined : skillFile.exec(path)?.[1];
}
