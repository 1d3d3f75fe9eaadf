import { z } from "zod";
import { atLeast, participantName, wholeNumberText } from "./fields.js";

const workPath = z.string().max(4_096);

/** Query of `GET …/workspace/tree`: a folder, and where its page begins. */
export const treeQuery = z.strictObject({
  atLeast,
  path: workPath.optional(),
  /** The last name of the page before. */
  afterName: z.string().max(1_024).optional(),
  /** Entries a page has at most. Default 1,000. */
  entries: wholeNumberText(1, 1_000).optional(),
});

/** One entry of a folder. `size` of files, bytes. Secrets are cut out of names. */
export const workEntry = z.object({
  name: z.string(),
  kind: z.enum(["file", "folder", "link", "other"]),
  size: z.number().int().exactOptional(),
});
/** One entry of a folder as a client reads it. */
export type WorkEntry = z.input<typeof workEntry>;

/** Answer of `GET …/workspace/tree`: a page of a folder, by name. */
export const treePage = z.object({ path: z.string(), entries: z.array(workEntry), hasMore: z.boolean() });
/** A page of a folder as a client reads it. */
export type TreePage = z.input<typeof treePage>;

/** Query of `GET …/workspace/file`. */
export const workFileQuery = z.strictObject({
  atLeast,
  path: workPath,
  /** Bytes that are read at most, from the beginning. Default 256 KiB. */
  maxBytes: wholeNumberText(1, 2 * 1_024 * 1_024).optional(),
});

/** Answer of `GET …/workspace/file`. `text` is absent where the file holds something else; secrets are cut out of it. */
export const workFile = z.object({
  path: z.string(),
  /** Of the whole file, bytes. */
  size: z.number().int(),
  text: z.string().exactOptional(),
  /** The file goes on. */
  isCut: z.boolean(),
});
/** A file as a client reads it. */
export type WorkFile = z.input<typeof workFile>;

/** One file that differs from the commit that is checked out. */
export const workChange = z.object({
  path: z.string(),
  change: z.enum(["added", "modified", "deleted", "renamed", "untracked"]),
});
/** One changed file as a client reads it. */
export type WorkChange = z.input<typeof workChange>;

/** Answer of `GET …/workspace/status`. Without a repository there are no changes. */
export const workStatus = z.object({
  isRepository: z.boolean(),
  changes: z.array(workChange),
  /** There are more changes. */
  hasMore: z.boolean(),
});
/** The changed files as a client reads them. */
export type WorkStatus = z.input<typeof workStatus>;

/** Query of `GET …/workspace/diff`: all or one path, against the base of the branch or against another agent's folder. */
export const workDiffQuery = z.strictObject({
  atLeast,
  path: workPath.optional(),
  against: participantName.optional(),
});

/** Answer of `GET …/workspace/diff`: a unified diff, out of which secrets are cut. */
export const workDiff = z.object({
  isRepository: z.boolean(),
  text: z.string(),
  /** There is more, or files of it were too large to compare. */
  isCut: z.boolean(),
});
/** A diff as a client reads it. */
export type WorkDiff = z.input<typeof workDiff>;
