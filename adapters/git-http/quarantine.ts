import { mkdir } from "node:fs/promises";
import type { Clock } from "../../src/ports/clock.js";
import type { PushedChange } from "../../src/ports/repositories.js";
import { type GitOutput, runGit } from "../kit/run-git.js";

/** A bare repository of Parley's own, without settings, hooks, refs or a work tree, for objects that nobody has checked. */
export interface Quarantine {
  /** Which of these objects are not there. */
  missingOf(ids: readonly string[]): Promise<string[]>;
  /** Adds a pack, also one that builds on objects which are there already. Its objects are checked as `git fsck` does. */
  take(pack: Buffer): Promise<void>;
  /** Folders of these commits that are not there. */
  treesMissingIn(commits: readonly string[]): Promise<string[]>;
  /** Ids of files that are needed to compare; `base` undefined: with nothing. */
  filesThatDiffer(base: string | undefined, after: string): Promise<string[]>;
  compare(base: string | undefined, after: string): Promise<Pick<PushedChange, "files" | "moreFiles" | "diff">>;
}

const mebibyte = 1_048_576;
const maxDiffBytes = 512 * 1_024;
const maxFiles = 50;
const maxPathChars = 200;
/** Above 30 MB of names nobody reads a list. */
const maxListBytes = 32 * mebibyte;

/** Flags of every comparison: no program that attributes or settings name is started, and nothing of the terminal is written. */
const compareFlags = [
  "--no-ext-diff",
  "--no-textconv",
  "--no-color",
  "--ignore-submodules=all",
  "--find-renames",
  "-l400",
  "--src-prefix=a/",
  "--dst-prefix=b/",
] as const;

export async function openQuarantine(
  gitDir: string,
  { hash, ...limits }: { hash: "sha1" | "sha256"; path: string; clock: Clock; timeoutMs: number; signal: AbortSignal },
): Promise<Quarantine> {
  const git = (args: readonly string[], more: { input?: Iterable<Uint8Array>; maxOutputBytes?: number } = {}) =>
    runGit({ gitDir, args, ...limits, ...more });
  await mkdir(gitDir, { recursive: true, mode: 0o700 });
  await git(["init", "--quiet", "--bare", "--template=", `--object-format=${hash}`]);
  const emptyTree = (await git(["hash-object", "-t", "tree", "-w", "--stdin"])).output.toString("latin1").trim();

  return {
    async missingOf(ids) {
      if (ids.length === 0) return [];
      const input = [Buffer.from(ids.map((id) => `${id}\n`).join(""))];
      const { output } = await git(["cat-file", "--batch-check=%(objectname)"], {
        input,
        maxOutputBytes: maxListBytes,
      });
      return [...output.toString("latin1").matchAll(/^([0-9a-f]+) missing$/gm)].map(([, id = ""]) => id);
    },
    async take(pack) {
      await git(["index-pack", "--stdin", "--fix-thin", "--threads=1"], { input: [pack] });
    },
    async treesMissingIn(commits) {
      const args = ["rev-list", "--no-walk", "--objects", "--filter=blob:none", "--missing=print", ...commits];
      const { output } = await git(args, { maxOutputBytes: maxListBytes });
      return [...output.toString("latin1").matchAll(/^\?([0-9a-f]+)$/gm)].map(([, id = ""]) => id);
    },
    async filesThatDiffer(base, after) {
      const args = ["diff-tree", "-r", "-z", "--no-renames", base ?? emptyTree, after];
      return idsIn(await git(args, { maxOutputBytes: maxListBytes }));
    },
    async compare(base, after) {
      const pair = [base ?? emptyTree, after];
      const counted = await git(["diff-tree", "-r", "-z", "--numstat", ...compareFlags, ...pair], {
        maxOutputBytes: maxListBytes,
      });
      const files = filesIn(counted);
      const { output, isCut } = await git(["diff-tree", "-r", "-p", ...compareFlags, ...pair], {
        maxOutputBytes: maxDiffBytes,
      });
      return {
        files: files.slice(0, maxFiles),
        moreFiles: Math.max(0, files.length - maxFiles),
        diff: { text: wholeLines(output, isCut), isCut },
      };
    },
  };
}

const submodule = "160000";

/** `:<old mode> <new mode> <old id> <new id> <status>`, then the path, each ended by NUL (git-diff-tree(1), "Raw output format"). */
function idsIn({ output }: GitOutput): string[] {
  const fields = output.toString("latin1").split("\0");
  const ids = fields.flatMap((field) => {
    const [, oldMode, newMode, before = "", after = ""] = /^:(\d{6}) (\d{6}) (\w+) (\w+) /.exec(field) ?? [];
    return [oldMode === submodule ? "" : before, newMode === submodule ? "" : after];
  });
  return [...new Set(ids.filter((id) => /[1-9a-f]/.test(id)))];
}

/** `<added>\t<removed>\t<path>`; of a renamed file both paths follow on their own; of a binary one the numbers are `-`. */
function filesIn({ output }: GitOutput): PushedChange["files"][number][] {
  const fields = output.toString("utf8").split("\0");
  const files: PushedChange["files"][number][] = [];
  for (let at = 0; at < fields.length; at++) {
    const [, added = "", removed = "", name = ""] = /^(\d+|-)\t(\d+|-)\t([\s\S]*)$/.exec(fields[at] ?? "") ?? [];
    if (added === "") continue;
    const path = name === "" ? `${fields[++at] ?? ""} → ${fields[++at] ?? ""}` : name;
    const lines = added === "-" ? {} : { added: Number(added), removed: Number(removed) };
    files.push({ path: path.slice(0, maxPathChars), ...lines });
  }
  return files;
}

/** A diff that was cut ends with a whole line. */
function wholeLines(output: Buffer, isCut: boolean): string {
  const end = isCut ? output.lastIndexOf(10) + 1 : output.length;
  return output.toString("utf8", 0, end);
}
