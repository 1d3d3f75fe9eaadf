import { type RefusedSetupFile, SETUP_LIMITS, type SetupKind, skillFileOf } from "../../../src/core/room/setup.js";

/** One entry of a Git tree, as `git ls-tree -z` lists it. */
export interface TreeEntry {
  /** `100644`, `100755`, `120000` (a link), `160000` (a submodule), `040000` (a folder). */
  mode: string;
  id: string;
  path: string;
}

/** A file of a set-up that is to be read. */
export interface WantedFile {
  kind: SetupKind;
  path: string;
  id: string;
}

/** The files of a tree to read, most important first, and those refused. */
export interface ChosenFiles {
  wanted: WantedFile[];
  refused: RefusedSetupFile[];
}

/** Files that agents read or that run commands for them, but for skills. Most important first. */
const places: ReadonlyMap<string, SetupKind> = new Map([
  ["CLAUDE.md", "instructions"],
  [".claude/CLAUDE.md", "instructions"],
  ["AGENTS.md", "instructions"],
  [".mcp.json", "mcp"],
  [".claude/settings.json", "hooks"],
]);
const skillsFolder = ".claude/skills";

/** Parses the entries of a list. An entry that was cut off at the end is dropped. */
export function readEntries(list: Buffer): TreeEntry[] {
  const lines = list.toString("utf8").split("\0").slice(0, -1);
  return lines.flatMap((line) => {
    const { mode, id, path } = /^(?<mode>\d{6}) \w+ (?<id>[0-9a-f]{40,64})\t(?<path>.*)$/s.exec(line)?.groups ?? {};
    return mode !== undefined && id !== undefined && path !== undefined ? [{ mode, id, path }] : [];
  });
}

/**
 * The files of a set-up among these entries. Only plain files count: links could lead anywhere, and a submodule is another repository. A path that
 * occurs twice, which a valid tree never has, is refused.
 */
export function chooseFiles(entries: readonly TreeEntry[], { isCut }: { isCut: boolean }): ChosenFiles {
  const refused: RefusedSetupFile[] = [];
  const found: WantedFile[] = [];
  const counts = new Map<string, number>();
  for (const { path } of entries) counts.set(path, (counts.get(path) ?? 0) + 1);
  for (const { mode, id, path } of [...entries].sort(byImportance)) {
    const kind = places.get(path) ?? (path.startsWith(`${skillsFolder}/`) ? "skill" : undefined);
    const isFolder = mode === "040000";
    if (isFolder && kind === undefined) continue;
    const why = whyNot({ mode, path }, { kind, isTwice: (counts.get(path) ?? 0) > 1 });
    if (why !== undefined) refused.push({ path: plainPath(path), why });
    else if (kind) found.push({ kind, path, id });
  }
  const { maxFiles } = SETUP_LIMITS;
  const over = found.length - maxFiles;
  if (over > 0)
    refused.push({ path: skillsFolder, why: `${over} more files than the ${maxFiles} that can be offered` });
  if (isCut) refused.push({ path: skillsFolder, why: "it has more files than can be looked through" });
  return { wanted: found.slice(0, maxFiles), refused: bounded(refused) };
}

function whyNot(
  { mode, path }: Pick<TreeEntry, "mode" | "path">,
  { kind, isTwice }: { kind: SetupKind | undefined; isTwice: boolean },
): string | undefined {
  if (mode === "120000") return "it is a link";
  if (mode === "160000") return "it is a submodule";
  if (mode === "040000") return "it is a folder";
  if (isTwice) return "it occurs twice";
  if (kind === undefined) return "it is not a folder";
  if (kind === "skill" && skillFileOf(path) === undefined)
    return "it is outside a skill's folder, nested too deep, or its name has characters other than letters, digits and ._-";
  return undefined;
}

function byImportance(one: TreeEntry, other: TreeEntry): number {
  const order = [...places.keys()];
  const rank = ({ path }: TreeEntry) => (places.has(path) ? order.indexOf(path) : order.length);
  return rank(one) - rank(other) || (one.path < other.path ? -1 : one.path > other.path ? 1 : 0);
}

const maxShownPathChars = 100;

/** Makes any path safe to show in a sentence. */
export function plainPath(path: string): string {
  return path.replace(/[^A-Za-z0-9._/-]/g, "?").slice(0, maxShownPathChars);
}

/** Limits the refusals to what a set-up may name; the last one says how many more there are. */
export function bounded(refused: readonly RefusedSetupFile[]): RefusedSetupFile[] {
  const { maxRefused, maxReasonChars } = SETUP_LIMITS;
  const short = refused.map(({ path, why }) => ({ path, why: why.slice(0, maxReasonChars) }));
  if (short.length <= maxRefused) return short;
  const left = short.length - (maxRefused - 1);
  return [...short.slice(0, maxRefused - 1), { path: skillsFolder, why: `${left} more files cannot be used` }];
}
